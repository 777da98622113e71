"""Who is here already: leads that a new one would share an address with."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q

from crm.models import User
from leads.identity import person_key
from leads.models import Lead


def already_here(user: User, identifiers: Mapping[str, list[tuple[str, str]]]) -> list[Lead]:
    """Leads of the user's company with one of these (value, normalised) identifiers by kind."""
    shared = Q()
    for kind, values in identifiers.items():
        if values:
            keys = [person_key(kind, normalised) for _, normalised in values]
            shared |= Q(identifiers__kind=kind, identifiers__person_key__in=keys)
    return list(Lead.objects.visible_to(user).filter(shared).distinct()[:5]) if shared else []
