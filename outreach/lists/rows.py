"""One row of the list per lead: whether it is safe to contact, and what was last said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from crm import times
from crm.models import User, short_name
from crm.pages.addresses import address
from leads.methods import ContactMethod
from leads.models import Lead, LeadQuerySet, LeadStatus
from outreach.guard import Review, review_all
from outreach.guard.states import MethodState, method_states, who
from outreach.live.presence_words import PresenceSummary, writers
from outreach.models import ContactAttempt, Direction

if TYPE_CHECKING:

    class ListedLead(Lead):
        """A lead as `with_last` reads it."""

        newest: list[dict[str, str]]


WORST_FIRST = ["block", "warn"]
STATUS_WORDS = dict(LeadStatus.choices)
STATE_ICONS = {"clear": "check", "warn": "triangle-alert", "block": "hourglass", "dnc": "ban"}


@dataclass(frozen=True)
class Safe:
    """Whether the person may be contacted, in a few words."""

    state: str
    words: str
    icon: str


@dataclass(frozen=True)
class LastContact:
    who: str
    icon: str
    ago: str
    at: str
    exact: str
    subject: str
    inbound: bool


@dataclass(frozen=True)
class LeadRow:
    """All that a row of the list shows, as text: fifty of them are rendered at once."""

    id: UUID
    url: str
    log_url: str
    name: str
    employer: str
    safe: Safe
    clear: list[MethodState]
    last: LastContact | None
    replied: bool
    reply_words: str
    status: str
    status_words: str
    owner: User | None
    owner_name: str
    count: str
    seconds: int | None  # after which the list reads the row again, because a claim may have run out
    fresh: bool = False


def with_last(leads: LeadQuerySet) -> LeadQuerySet:
    """With owner and newest contact, so that a page of rows stays one query."""
    newest = (
        ContactAttempt.objects.live()
        .filter(lead_id=OuterRef("pk"))
        .order_by("-occurred_at", "-created_at", "-id")
        .values(json=JSONObject(subject="subject", direction="direction", who="user_name"))[:1]
    )
    return leads.select_related("owner").annotate(newest=ArraySubquery(newest))


def rows(leads: Iterable[Lead], user: User, *, fresh: bool = False) -> list[LeadRow]:
    """A row for each lead; the guard reads once for all of them."""
    listed = list(leads)
    return reviewed_rows(listed, reviews_of(listed, user), user, fresh=fresh)


def reviews_of(leads: Iterable[Lead], user: User) -> dict[UUID, Review]:
    """The guard's answer for each of these leads, by the lead's id; a lead may be given more than once."""
    distinct = list({lead.id: lead for lead in leads}.values())
    return {lead.id: review for lead, review in zip(distinct, review_all(distinct, user), strict=True)}


def reviewed_rows(
    leads: Iterable[Lead], reviews: dict[UUID, Review], user: User, *, fresh: bool = False
) -> list[LeadRow]:
    return [row(lead, reviews[lead.id], user, fresh=fresh) for lead in leads]


def row(lead: Lead, review: Review, user: User, *, fresh: bool) -> LeadRow:
    states, presence = method_states(review, user), writers(review.facts, user)
    safe = writing_words(lead, presence) or safe_words(lead, review, states, user)
    return LeadRow(
        id=lead.id,
        url=address("lead", lead.id),
        log_url=address("contact_new", lead.id),
        name=lead.name,
        employer=", ".join(part for part in (lead.job_title, lead.organization) if part),
        safe=safe,
        clear=clear_states(states) if safe.state in WORST_FIRST else [],
        last=last(lead, user, review.facts.now),
        replied=lead.last_response_at is not None,
        reply_words=reply_words(lead, review.facts.now),
        status=lead.status,
        status_words=STATUS_WORDS[lead.status],
        owner=lead.owner,
        owner_name=lead.owner.name if lead.owner else "",
        count=str(lead.contact_count or ""),
        seconds=presence.seconds,
        fresh=fresh,
    )


def as_mappings(rows: Iterable[LeadRow]) -> list[dict[str, object]]:
    """The rows as mappings, which a template reads faster: it tries keys before attributes."""
    return [{**vars(row), "safe": vars(row.safe), "last": vars(row.last) if row.last else None} for row in rows]


def clear_states(states: list[MethodState]) -> list[MethodState]:
    """The methods that are clear, shown as icons beside the worst state; "other" has no icon."""
    return [state for state in states if state.state == "clear" and state.of != ContactMethod.OTHER]


def writing_words(lead: Lead, presence: PresenceSummary) -> Safe | None:
    """ "Alice is writing an email": what a colleague does this minute comes before all but the person's own wish."""
    if lead.do_not_contact or not presence.writers:
        return None
    first = presence.writers[0]
    return Safe("warn", f"{first.short_name} {first.words}", STATE_ICONS["warn"])


def safe_words(lead: Lead, review: Review, states: list[MethodState], user: User) -> Safe:
    """The worst state in words; a person waiting for this rep's answer comes before that."""
    if lead.do_not_contact:
        return Safe("dnc", "Do not contact", STATE_ICONS["dnc"])
    if review.facts.may_reply(user.id):
        return Safe("clear", "Yours to answer", STATE_ICONS["clear"])
    for worst in WORST_FIRST:
        for state in states:
            if state.state == worst:
                return Safe(worst, held_words(state, review, user), STATE_ICONS[worst])
    if lead.do_not_contact_methods:
        return Safe("dnc", lead.do_not_contact_words, STATE_ICONS["dnc"])
    return Safe("clear", "All clear", STATE_ICONS["clear"])


def held_words(state: MethodState, review: Review, user: User) -> str:
    """ "Email cooling until Thu 14:00", "Alice emailed 2 days ago"."""
    if state.state == "block":
        return f"{state.label} {state.words}"
    reason = review.verdicts[state.method].first
    assert reason is not None and reason.previous is not None, "A claim is in the row's words before any other warning."
    previous = reason.previous
    done = ContactMethod(previous.method).words.done
    return f"{short_name(who(previous, user))} {done} {times.ago(previous.occurred_at, review.facts.now)}"


def last(lead: Lead, user: User, now: datetime) -> LastContact | None:
    newest_contacts = cast("ListedLead", lead).newest
    if not newest_contacts or lead.last_contacted_at is None or lead.last_contact_method is None:
        return None
    newest = newest_contacts[0]
    inbound, zone = newest["direction"] == Direction.INBOUND, timezone.get_current_timezone()
    author = "You" if lead.last_contacted_by_id == user.id else newest["who"]
    return LastContact(
        who=lead.name if inbound else author,
        icon="reply" if inbound else ContactMethod(lead.last_contact_method).words.icon,
        ago=times.ago(lead.last_contacted_at, now, zone),
        at=lead.last_contacted_at.isoformat(),
        exact=times.exact(lead.last_contacted_at, zone),
        subject=newest["subject"],
        inbound=inbound,
    )


def reply_words(lead: Lead, now: datetime | None = None) -> str:
    if lead.last_response_at:
        return times.ago(lead.last_response_at, now or timezone.now())
    return "no reply" if lead.contact_count else "—"
