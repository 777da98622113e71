"""The timeline of a lead: entries newest first, grouped by day, with the gaps named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from crm import times
from crm.models import User, initials, short_name, tint
from crm.pages.addresses import address
from crm.pages.keyset import End
from crm.postgres.compiled import Compiled
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.contacts.actions import may_void
from outreach.models import ContactAttempt, ContactAttemptQuerySet
from outreach.page.marks import Mark, marks, with_decisions

PAGE_SIZE = 20
MOST_SHOWN = 200
LONG_BODY = 140
GAP_FROM_DAYS = 2


@dataclass
class Entry:
    id: UUID
    method: str
    icon: str
    inbound: bool
    who: str
    initials: str
    tint: int
    logged_by: str
    verb: str
    at: datetime
    at_code: str  # as machines read it
    clock: str
    ago: str
    exact: str
    subject: str
    body: str
    long: bool
    responded: bool
    response_words: str
    answers: str
    can_respond: bool
    can_void: bool
    response_url: str
    void_url: str
    voided: bool
    void_words: str
    marks: list[Mark]
    # Which other record of the person it is on, for an entry that is not on this lead.
    record: str = ""
    newest_unanswered: bool = False
    gap: str = ""
    fresh: bool = False


@dataclass(frozen=True)
class Day:
    title: str
    date_words: str
    entries: list[Entry]


@dataclass(frozen=True)
class MethodCount:
    method: str
    label: str
    icon: str
    count: int


@dataclass
class Timeline:
    """One page of entries. counts and total tell of the whole history, whatever the filters."""

    days: list[Day]
    entries: list[Entry]
    counts: list[MethodCount]
    total: int
    filters: dict[str, str]
    next: End | None
    more_url: str = ""

    @property
    def is_filtered(self) -> bool:
        return any(self.filters.values())

    @property
    def shown(self) -> int:
        return len(self.entries)


def read_timeline(
    lead: Lead,
    viewer: User,
    *,
    method: str = "",
    direction: str = "",
    before: End | None = None,
    size: int = PAGE_SIZE,
) -> Timeline:
    """One page of the timeline of a lead's person in one query.

    The person's other records and the counts come with the lead, see `lead_page.get_lead`.
    """
    if lead.record_list or method or direction or before or size != PAGE_SIZE:
        found = list(page_of(lead, method=method, direction=direction, before=before, size=size + 1))
    else:
        found = NEWEST(lead_id=lead.id)
    page, more = found[:size], found[size:]
    now = timezone.now()
    entries = [entry(attempt, lead, viewer, now) for attempt in page]
    name_gaps(entries, [*page, *more])
    mark_newest_unanswered(entries, first_page=before is None)
    counts = method_counts(lead)
    return Timeline(
        days=by_day(entries, now),
        entries=entries,
        counts=counts,
        total=sum(count.count for count in counts),
        filters={"method": method, "direction": direction},
        next=End(page[-1].occurred_at, page[-1].id) if more else None,
    )


def read_entry(attempt_id: UUID, lead: Lead, viewer: User) -> Entry:
    """One entry of the person's timeline."""
    attempt = annotated(ContactAttempt.objects.filter(lead_id__in=[lead.id, *record_names(lead)])).get(pk=attempt_id)
    return entry(attempt, lead, viewer, timezone.now())


def record_names(lead: Lead) -> dict[UUID, str]:
    """What the person's other records are called on this lead's page."""
    return {UUID(record["id"]): record_name(record) for record in lead.record_list}


def record_name(record: Mapping[str, object]) -> str:
    """ "Dana Miller, Acme Ltd"; a deleted one says so."""
    name = f"{record['first_name']} {record['last_name']}".strip()
    words = ", ".join(part for part in (name, str(record["organization"])) if part)
    return f"{words} (deleted)" if record["deleted"] else words


def page_of(lead: Lead, *, method: str, direction: str, before: End | None, size: int) -> ContactAttemptQuerySet:
    """The newest entries before the cursor, over all records of the person."""
    others = record_names(lead)
    if not others:
        attempts = narrowed(ContactAttempt.objects.filter(lead_id=lead.id), method, direction, before)
    else:
        # Each record is read by itself on its index; a list of leads would be read and sorted whole.
        pages = [
            narrowed(ContactAttempt.objects.filter(lead_id=id), method, direction, before).newest_first()[:size]
            for id in (lead.id, *others)
        ]
        attempts = ContactAttempt.objects.filter(union_of(pages))
    return annotated(attempts.newest_first())[:size]


def newest_of(*, lead_id: UUID) -> ContactAttemptQuerySet:
    """What a lead page shows first, for a person with one record."""
    return annotated(ContactAttempt.objects.filter(lead_id=lead_id).newest_first())[: PAGE_SIZE + 1]


NEWEST = Compiled(newest_of, "lead_id")


def narrowed(
    attempts: ContactAttemptQuerySet, method: str, direction: str, before: End | None
) -> ContactAttemptQuerySet:
    if method:
        attempts = attempts.filter(method=method)
    if direction:
        attempts = attempts.filter(direction=direction)
    if before is not None:
        attempts = attempts.filter(Q(occurred_at__lt=before.at) | Q(occurred_at=before.at, id__lt=before.id))
    return attempts


def union_of(pages: list[ContactAttemptQuerySet]) -> Q:
    chosen = Q()
    for page in pages:
        chosen |= Q(pk__in=page.values("pk"))
    return chosen


def annotated(attempts: ContactAttemptQuerySet) -> ContactAttemptQuerySet:
    """With the name of who was answered and what the guard decided, so that a page stays one query."""
    return with_decisions(attempts).annotate(answers_name=F("in_reply_to__user_name"))


def entry(attempt: ContactAttempt, lead: Lead, viewer: User, now: datetime) -> Entry:
    """How one attempt reads for this viewer."""
    words, zone = ContactMethod(attempt.method).words, timezone.get_current_timezone()
    inbound = attempt.is_inbound
    author = "You" if attempt.user_id == viewer.id else attempt.user_name
    voided = attempt.voided_at is not None
    return Entry(
        id=attempt.id,
        method=attempt.method,
        icon="reply" if inbound else words.icon,
        inbound=inbound,
        who=lead.name if inbound else author,
        initials=initials(attempt.user_name),
        tint=tint(attempt.user_id),
        logged_by=author if inbound else "",
        verb=verb(attempt, words),
        at=attempt.occurred_at,
        at_code=attempt.occurred_at.isoformat(),
        clock=times.clock(attempt.occurred_at, zone),
        ago=times.ago(attempt.occurred_at, now, zone),
        exact=times.exact(attempt.occurred_at, zone),
        subject=attempt.subject,
        body=attempt.body,
        long=len(attempt.body) > LONG_BODY or "\n" in attempt.body,
        responded=attempt.responded,
        response_words=response_words(attempt),
        answers=f"answers {short_name(attempt.answers_name)}" if attempt.answers_name else "",
        can_respond=not inbound and not voided,
        can_void=not voided and may_void(attempt, viewer),
        response_url=address("contact_response", attempt.id),
        void_url=address("contact_void", attempt.id),
        voided=voided,
        void_words=void_words(attempt, now),
        marks=marks(attempt.decided, attempt.decided_later),
        record="" if attempt.lead_id == lead.id else record_names(lead)[attempt.lead_id],
    )


def verb(attempt: ContactAttempt, words) -> str:
    if not attempt.is_inbound:
        return words.timeline
    return words.answered if attempt.in_reply_to_id else words.began


def response_words(attempt: ContactAttempt) -> str:
    if not attempt.responded:
        return ""
    return f"replied in {times.span(attempt.response_at - attempt.occurred_at, parts=1)}"


def void_words(attempt: ContactAttempt, now: datetime) -> str:
    if attempt.voided_at is None:
        return ""
    when = times.when(attempt.voided_at, now)
    return f"by {attempt.voided_by_name} {when}: “{attempt.void_reason}”"


def name_gaps(entries: list[Entry], attempts: list[ContactAttempt]) -> None:
    """Name the full days without contact that follow an entry, from two on."""
    for shown, (newer, older) in zip(entries, pairwise(attempts), strict=False):
        days = times.days_between(older.occurred_at, newer.occurred_at) - 1
        if days >= GAP_FROM_DAYS:
            shown.gap = f"{days} days without contact"


def mark_newest_unanswered(entries: list[Entry], *, first_page: bool) -> None:
    if not first_page:
        return
    for candidate in entries:
        if candidate.can_respond:
            candidate.newest_unanswered = not candidate.responded
            return


def by_day(entries: Iterable[Entry], now: datetime) -> list[Day]:
    days = groupby(entries, key=lambda shown: times.day_title(shown.at, now))
    return [Day(title, date_words, list(found)) for (title, date_words), found in days]


def method_counts(lead: Lead) -> list[MethodCount]:
    """How many entries there are of each method that has any, the voided too."""
    counts: Counter[str] = Counter()
    for found in [*lead.live_counts, *lead.voided_counts]:
        counts[found["method"]] += found["count"]
    return [
        MethodCount(method.value, method.label, method.words.icon, counts[method.value])
        for method in ContactMethod
        if method.value in counts
    ]
