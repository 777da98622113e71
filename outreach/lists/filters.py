"""Which leads the list shows, and how many there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from crm.models import User
from crm.models.tenancy import company_id_of
from crm.postgres.compiled import Compiled
from leads.models import IdentifierKind, Lead, LeadIdentifier, LeadQuerySet
from outreach.lists.named_views import VIEWS, untouched
from outreach.lists.order import with_keys

MOST_WORDS = 6
# What narrows the list beyond its view.
FILTERS = ("q", "status", "owner", "method", "untouched", "do_not_contact")

# The values of ListForm by field; the API names the same ones. What is missing or empty does not narrow.
Filters = Mapping[str, Any]


def filtered(user: User, values: Filters) -> LeadQuerySet:
    """The leads of the user's company that the filters select."""
    leads = Lead.objects.visible_to(user)
    if view := values.get("view"):
        leads = leads.filter(VIEWS[view].condition(user))
    for word in str(values.get("q") or "").split()[:MOST_WORDS]:
        leads = leads.filter(matches(user, word))
    if values.get("status"):
        leads = leads.filter(status=values["status"])
    if values.get("owner"):
        leads = leads.filter(owner=values["owner"])
    if values.get("method"):
        leads = leads.filter(last_contact_method=values["method"])
    if values.get("untouched"):
        leads = leads.filter(untouched(values["untouched"]))
    if values.get("do_not_contact") == "yes":
        leads = leads.not_to_contact()
    if values.get("do_not_contact") == "no":
        leads = leads.filter(do_not_contact=False, do_not_contact_methods__len=0)
    return leads


def narrowed(values: Filters) -> list[str]:
    """The filters that narrow the list beyond its view."""
    return [name for name in FILTERS if values.get(name)]


def count(user: User, values: Filters, ahead: Q | None = None) -> dict[str, int]:
    """How many leads are in each named view, by its code, and in "found" how many the filters select; one query.

    In "ahead" how many of those the condition of this name holds for: they come before the page that is shown.
    """
    if narrowed(values) or ahead is not None:
        found = Q(pk__in=filtered(user, values).values("pk")) if narrowed(values) else view_condition(user, values)
        places = {"found": found, "ahead": found & ahead if ahead is not None else Q(pk__in=[])}
        sums = {name: Count("pk", filter=condition) for name, condition in places.items()}
        return with_keys(Lead.objects.visible_to(user)).aggregate(**each_view(user), **sums)
    counts = next(iter(COUNTS(user_id=user.id, company_id=user.company_id)), dict.fromkeys(["all", *VIEWS], 0))
    return {**counts, "found": counts[values.get("view") or "all"], "ahead": 0}


def view_condition(user: User, values: Filters) -> Q:
    view = values.get("view")
    return VIEWS[view].condition(user) if view else Q(pk__isnull=False)


def each_view(user: User) -> dict[str, Count]:
    return {"all": Count("pk"), **{code: Count("pk", filter=view.condition(user)) for code, view in VIEWS.items()}}


def counted(*, user_id: UUID, company_id: UUID) -> QuerySet[Lead, Any]:
    user = User(id=user_id, company_id=company_id)
    return Lead.objects.visible_to(user).order_by().values("company_id").annotate(**each_view(user))


COUNTS = Compiled(counted, "user_id", "company_id")


def matches(user: User, word: str) -> Q:
    """Any part of name, organization, email, phone or profile; a phone however it is written."""
    identifiers = LeadIdentifier.objects.filter(company_id=company_id_of(user))
    digits = re.sub(r"\D", "", word)
    identifier = Q(normalised__contains=word.lower())
    if len(digits) >= 3 and not re.search(r"[^\d\s()+./-]", word):
        identifier |= Q(kind=IdentifierKind.PHONE, normalised__contains=digits)
    return (
        Q(first_name__icontains=word)
        | Q(last_name__icontains=word)
        | Q(organization__icontains=word)
        | Q(id__in=identifiers.filter(identifier).values("lead_id"))
    )
