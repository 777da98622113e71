"""Duplicates: leads that a new one would share an address with."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q

from crm.models import User
from crm.models.tenancy import company_of
from leads.actions import create_lead, keys_of
from leads.addresses import Identifiers, person_key
from leads.models import Lead, LeadIdentifier
from leads.person.records import lock_keys, on_whole_person

MOST = 5


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


def find_duplicates(user: User, identifiers: Identifiers, besides: UUID | None = None) -> list[Lead]:
    """At most five leads of the user's company that have one of these identifiers, oldest first.

    besides: the lead that is being edited. Names of owner and last contact come along.
    """
    shared = Q()
    for kind, values in identifiers.items():
        if values:
            keys = [person_key(kind, normalised) for _, normalised in values]
            shared |= Q(kind=kind, person_key__in=keys)
    if not shared or user.company_id is None:
        return []
    # By the index of each kind and key; joined to the leads in one step, the planner would read the whole table.
    ids = LeadIdentifier.objects.filter(shared, company_id=user.company_id).values("lead_id")
    leads = Lead.objects.visible_to(user).filter(pk__in=ids)
    if besides:
        leads = leads.exclude(pk=besides)
    return list(leads.select_related("owner", "last_contacted_by").order_by("id")[:MOST])
