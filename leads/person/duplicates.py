"""Who is here already: leads that a new one would share an address with."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q

from crm.models import User
from leads.actions import create_lead, keys_of
from leads.addresses import person_key
from leads.models import Lead
from leads.person.records import lock_keys, on_whole_person


class AlreadyHere(Exception):
    """Somebody has one of the new lead's addresses."""

    def __init__(self, leads: list[Lead]) -> None:
        super().__init__("Somebody is here already with the same address.")
        self.leads = leads


@on_whole_person
def create_unless_here(*, user: User, fields: Mapping[str, object], identifiers: Mapping[str, list]) -> Lead:
    """As `create_lead`, but of two at once with one address only the first. Raises AlreadyHere with who is."""
    lock_keys(user.company, keys_of(identifiers))
    if found := already_here(user, identifiers):
        raise AlreadyHere(found)
    return create_lead(user=user, fields=fields, identifiers=identifiers)


def already_here(user: User, identifiers: Mapping[str, list[tuple[str, str]]]) -> list[Lead]:
    """Leads of the user's company with one of these (value, normalised) identifiers by kind."""
    shared = Q()
    for kind, values in identifiers.items():
        if values:
            keys = [person_key(kind, normalised) for _, normalised in values]
            shared |= Q(identifiers__kind=kind, identifiers__person_key__in=keys)
    return list(Lead.objects.visible_to(user).filter(shared).distinct()[:5]) if shared else []
