"""Which leads the list shows, and how many there are."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import Count, Q

from crm.models import User
from crm.postgres.compiled import Compiled
from leads.models import IdentifierKind, Lead, LeadIdentifier, LeadQuerySet
from outreach.lists.named_views import VIEWS, untouched

MOST_WORDS = 6
# What narrows the list beyond its view.
FILTERS = ("q", "status", "owner", "method", "untouched", "do_not_contact")


def filtered(user: User, said: dict[str, object]) -> LeadQuerySet:
    """The leads the filters ask for, of the user's company."""
    leads = Lead.objects.visible_to(user)
    if said.get("view"):
        leads = leads.filter(VIEWS[said["view"]].of(user))
    for word in str(said.get("q") or "").split()[:MOST_WORDS]:
        leads = leads.filter(matches(user, word))
    if said.get("status"):
        leads = leads.filter(status=said["status"])
    if said.get("owner"):
        leads = leads.filter(owner=said["owner"])
    if said.get("method"):
        leads = leads.filter(last_contact_method=said["method"])
    if said.get("untouched"):
        leads = leads.filter(untouched(said["untouched"]))
    if said.get("do_not_contact") == "yes":
        leads = leads.not_to_contact()
    if said.get("do_not_contact") == "no":
        leads = leads.filter(do_not_contact=False, do_not_contact_methods__len=0)
    return leads


def narrowed(said: dict[str, object]) -> list[str]:
    """The filters that narrow the list beyond its view."""
    return [name for name in FILTERS if said.get(name)]


def count(user: User, said: dict[str, object]) -> dict[str, int]:
    """How many leads each view holds, and how many the filters find, in one query."""
    if narrowed(said):
        found = Count("pk", filter=Q(pk__in=filtered(user, said).values("pk")))
        return Lead.objects.visible_to(user).aggregate(**each_view(user), found=found)
    counts = next(iter(COUNTS(user_id=user.id, company_id=user.company_id)), dict.fromkeys(["all", *VIEWS], 0))
    return {**counts, "found": counts[said.get("view") or "all"]}


def each_view(user: User) -> dict[str, Count]:
    return {"all": Count("pk"), **{code: Count("pk", filter=view.of(user)) for code, view in VIEWS.items()}}


def counted(*, user_id: UUID, company_id: UUID) -> LeadQuerySet:
    user = User(id=user_id, company_id=company_id)
    return Lead.objects.visible_to(user).order_by().values("company_id").annotate(**each_view(user))


COUNTS = Compiled(counted, "user_id", "company_id")


def matches(user: User, word: str) -> Q:
    """Any part of name, organization, email, phone or profile; a phone however it is written."""
    identifiers = LeadIdentifier.objects.filter(company_id=user.company_id)
    digits = re.sub(r"\D", "", word)
    found = Q(normalised__contains=word.lower())
    if len(digits) >= 3 and not re.search(r"[^\d\s()+./-]", word):
        found |= Q(kind=IdentifierKind.PHONE, normalised__contains=digits)
    return (
        Q(first_name__icontains=word)
        | Q(last_name__icontains=word)
        | Q(organization__icontains=word)
        | Q(id__in=identifiers.filter(found).values("lead_id"))
    )
