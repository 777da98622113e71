"""Duplicates: leads that a new one would share an address with."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q

from crm.models import User
from crm.models.tenancy import company_of
from leads.actions import create_lead, keys_of
from leads.addresses import Identifiers, person_key
from leads.models import Lead
from leads.person.records import lock_keys, on_whole_person


class DuplicatePerson(Exception):
    """There are leads with one of the new lead's addresses."""

    def __init__(self, leads: list[Lead]) -> None:
        super().__init__("Somebody is here already with the same address.")
        self.leads = leads


@on_whole_person
def create_unless_duplicate(*, user: User, fields: Mapping[str, object], identifiers: Identifiers) -> Lead:
    """As `create_lead`, but of two at once with one address only the first. Raises DuplicatePerson with the leads."""
    lock_keys(company_of(user), keys_of(identifiers))
    if leads := find_duplicates(user, identifiers):
        raise DuplicatePerson(leads)
    return create_lead(user=user, fields=fields, identifiers=identifiers)


def find_duplicates(user: User, identifiers: Identifiers) -> list[Lead]:
    """At most five leads of the user's company that have one of these identifiers."""
    shared = Q()
    for kind, values in identifiers.items():
        if values:
            keys = [person_key(kind, normalised) for _, normalised in values]
            shared |= Q(identifiers__kind=kind, identifiers__person_key__in=keys)
    return list(Lead.objects.visible_to(user).filter(shared).distinct()[:5]) if shared else []
