"""All a lead's page shows, read in few queries and assembled in one place for page, regions and dialog."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q
from django.db.models.functions import JSONObject
from django.http import Http404
from django.urls import reverse

from crm.models import User
from crm.pages.keyset import write_end
from crm.postgres.compiled import Compiled
from leads.models import IdentifierKind, Lead, LeadIdentifier, LeadQuerySet, LeadStatus
from leads.person.records import IsOfPerson
from outreach.followups.open_steps import steps_context
from outreach.guard import Review, glance
from outreach.guard.states import method_states
from outreach.live.presence_words import present_colleagues
from outreach.models import ContactAttempt
from outreach.page.entries import record_name
from outreach.page.forms import TimelineForm
from outreach.page.timeline import Timeline, read_timeline


def get_lead(user: User, lead_id: UUID) -> Lead:
    """The lead with everybody it names, its identifiers, the person's other records and counts by method, in one query.

    Raises Http404.
    """
    found = LEAD(lead_id=lead_id, company_id=user.company_id)
    if not found:
        raise Http404("No such lead.")
    return found[0]


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


def identifiers_of():
    return (
        LeadIdentifier.objects.filter(lead_id=OuterRef("pk"))
        .order_by("kind", "position")
        .values(json=JSONObject(kind="kind", value="value", normalised="normalised"))
    )


def counts_of(lead_id: UUID, *, is_voided: bool):
    """Over all records of the person; the voided by themselves, so that for each an index holds all it takes."""
    return (
        ContactAttempt.objects.filter(IsOfPerson("lead_id", lead_id), voided_at__isnull=not is_voided)
        .order_by()
        .values("method")
        .annotate(count=Count("*"))
        .values(json=JSONObject(method="method", count="count"))
    )


def records_of(lead_id: UUID):
    """The person's other records, by what a page calls them."""
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


def colleagues_of():
    return (
        User.objects.filter(company_id=OuterRef("company_id"), is_active=True)
        .order_by("first_name", "last_name", "email")
        .values(json=JSONObject(id="id", first_name="first_name", last_name="last_name", email="email", role="role"))
    )


def page_context(lead: Lead, user: User, asked: TimelineForm) -> dict[str, object]:
    """Everything of the page below its frame: who, what may be done, what was said."""
    reviewed = glance(lead, user)
    return {
        "lead": lead,
        "identifiers": identifiers(lead),
        **steps_context(reviewed, user),
        "statuses": LeadStatus.choices,
        "owners": colleagues(lead),
        **presence_context(lead, user, reviewed),
        **timeline_context(lead, user, asked),
    }


def presence_context(lead: Lead, user: User, reviewed: Review) -> dict[str, object]:
    """Which colleagues are present, and which methods may be used now."""
    return {
        "lead": lead,
        "method_states": method_states(reviewed, user),
        "records": other_records(lead),
        "presence": present_colleagues(reviewed.facts, user),
    }


def other_records(lead: Lead) -> list[dict[str, object]]:
    """The person's other records, with an address for those that have a page."""
    return [
        {"name": record_name(record), "url": "" if record["deleted"] else reverse("lead", args=[record["id"]])}
        for record in lead.record_list
    ]


def timeline_context(lead: Lead, user: User, asked: TimelineForm) -> dict[str, object]:
    timeline = read_timeline(lead, user, **asked.filters(), before=asked.cursor(), size=asked.size())
    timeline.more_url = more_url(lead, timeline)
    return {"lead": lead, "timeline": timeline}


def more_url(lead: Lead, timeline: Timeline) -> str:
    if timeline.next is None:
        return ""
    given = {**timeline.filters, "before": write_end(*timeline.next)}
    return f"{reverse('lead_timeline', args=[lead.id])}?{urlencode({k: v for k, v in given.items() if v})}"


def colleagues(lead: Lead) -> list[User]:
    """Everybody who may own the lead, or be asked about it."""
    return [User(**{**found, "id": UUID(found["id"])}) for found in lead.colleague_list]


def identifiers(lead: Lead) -> list[dict[str, str]]:
    return [{**found, "href": link(found)} for found in lead.identifier_list]


def link(identifier: dict[str, str]) -> str:
    """Where a click on the identifier leads: the mail program, the phone, the profile."""
    kind, normalised = identifier["kind"], identifier["normalised"]
    if kind == IdentifierKind.EMAIL:
        return f"mailto:{normalised}"
    if kind == IdentifierKind.PHONE:
        return f"tel:{normalised}"
    return f"https://www.linkedin.com/in/{normalised}"
