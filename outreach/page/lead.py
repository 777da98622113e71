"""All a lead's page shows, read in few queries and assembled in one place for page, regions and dialog."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.http import Http404

from crm.models import User
from crm.postgres.compiled import Compiled
from leads.models import IdentifierKind, Lead, LeadIdentifier, LeadQuerySet, LeadStatus
from leads.person.records import IsOfPerson
from outreach.followups.open_steps import steps_context
from outreach.guard import Review, glance
from outreach.guard.states import method_states
from outreach.live.presence_words import present_colleagues
from outreach.models import ContactAttempt
from outreach.page.forms import TimelineForm
from outreach.page.records import other_records
from outreach.page.timeline import Timeline, history_url, read_timeline

if TYPE_CHECKING:
    from outreach.page.records import PageLead


def get_lead(user: User, lead_id: UUID) -> PageLead:
    """The lead with everybody it names, its identifiers, the person's other records and counts by method, in one query.

    Raises Http404.
    """
    leads: list[PageLead] = LEAD(lead_id=lead_id, company_id=user.company_id)
    if not leads:
        raise Http404("No such lead.")
    return leads[0]


def lead_of(*, lead_id: UUID, company_id: UUID) -> LeadQuerySet:
    return (
        Lead.objects.visible_to(User(company_id=company_id))
        .select_related("owner", "last_contacted_by", "do_not_contact_by")
        .annotate(
            identifier_list=ArraySubquery(identifiers_of()),
            live_counts=ArraySubquery(counts_of(lead_id, is_voided=False)),
            voided_counts=ArraySubquery(counts_of(lead_id, is_voided=True)),
            record_list=ArraySubquery(records_of(lead_id)),
            colleague_list=ArraySubquery(colleagues_of()),
        )
        .filter(pk=lead_id)
    )


LEAD = Compiled(lead_of, "lead_id", "company_id")


def identifiers_of() -> QuerySet[LeadIdentifier, Any]:
    return (
        LeadIdentifier.objects.filter(lead_id=OuterRef("pk"))
        .order_by("kind", "position")
        .values(json=JSONObject(kind="kind", value="value", normalised="normalised"))
    )


def counts_of(lead_id: UUID, *, is_voided: bool) -> QuerySet[ContactAttempt, Any]:
    """Attempts by method over all records of the person: those voided or those not, each read from an index alone."""
    return (
        ContactAttempt.objects.filter(IsOfPerson("lead_id", lead_id), voided_at__isnull=not is_voided)
        .order_by()
        .values("method")
        .annotate(count=Count("*"))
        .values(json=JSONObject(method="method", count="count"))
    )


def records_of(lead_id: UUID) -> QuerySet[Lead, Any]:
    """The person's other records, with what a page needs to name them."""
    return (
        Lead.objects.filter(IsOfPerson("id", lead_id))
        .exclude(pk=lead_id)
        .order_by("created_at", "id")
        .values(
            json=JSONObject(
                id="id",
                first_name="first_name",
                last_name="last_name",
                organization="organization",
                deleted=Q(deleted_at__isnull=False),
            )
        )
    )


def colleagues_of() -> QuerySet[User, Any]:
    return (
        User.objects.filter(company_id=OuterRef("company_id"), is_active=True)
        .order_by("first_name", "last_name", "email")
        .values(json=JSONObject(id="id", first_name="first_name", last_name="last_name", email="email", role="role"))
    )


def page_context(lead: PageLead, user: User, filters: TimelineForm) -> dict[str, object]:
    """The context of all regions of the page: who this is, what may be done, what was said."""
    reviewed = glance(lead, user)
    return {
        "lead": lead,
        "identifiers": identifiers(lead),
        **steps_context(reviewed, user),
        "statuses": LeadStatus.choices,
        "owners": colleagues(lead),
        **presence_context(lead, user, reviewed),
        **timeline_context(lead, user, filters),
    }


def presence_context(lead: PageLead, user: User, reviewed: Review) -> dict[str, object]:
    """Which colleagues are present, and which methods may be used now."""
    return {
        "lead": lead,
        "method_states": method_states(reviewed, user),
        "records": other_records(lead),
        "presence": present_colleagues(reviewed.facts, user),
    }


def timeline_context(lead: PageLead, user: User, filters: TimelineForm) -> dict[str, object]:
    return {"lead": lead, "timeline": read_timeline(lead, user, filters.filters(), filters.place())}


def history_context(lead: PageLead, user: User, filters: TimelineForm) -> dict[str, object]:
    """All that was said from the place in the address on, or the newest of it."""
    timeline = read_timeline(lead, user, filters.filters(), replace(filters.place(), whole=True))
    return {"lead": lead, "timeline": timeline, "left_out": left_out(lead, timeline)}


def left_out(lead: PageLead, timeline: Timeline) -> dict[str, object] | None:
    """What is older than what is shown, as it was too much: from when on, and where it is."""
    oldest = timeline.blocks[-1]
    if oldest.span.until is None:
        return None
    url = history_url(lead, timeline.filters, before=oldest.until)
    return {"before": oldest.span.until.at, "url": url}


def colleagues(lead: PageLead) -> list[User]:
    """Everybody who may own the lead, or be asked about it."""
    return [User(**{**row, "id": UUID(row["id"])}) for row in lead.colleague_list]


def identifiers(lead: PageLead) -> list[dict[str, str]]:
    return [{**row, "href": link(row)} for row in lead.identifier_list]


def link(identifier: dict[str, str]) -> str:
    """Where a click on the identifier leads: the mail program, the phone, the profile."""
    kind, normalised = identifier["kind"], identifier["normalised"]
    if kind == IdentifierKind.EMAIL:
        return f"mailto:{normalised}"
    if kind == IdentifierKind.PHONE:
        return f"tel:{normalised}"
    return f"https://www.linkedin.com/in/{normalised}"
