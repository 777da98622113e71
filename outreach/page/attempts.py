"""The attempts of a part of the timeline, over all records of the person, in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db.models import F, Q

from crm.pages.keyset import End
from crm.postgres.compiled import Compiled
from outreach.models import ContactAttempt, ContactAttemptQuerySet
from outreach.page.marks import with_decisions
from outreach.page.records import record_names

if TYPE_CHECKING:
    from outreach.page.records import PageLead

PAGE_SIZE = 20


class BlockSpan(NamedTuple):
    """A part of the timeline: what is older than `before`, down to and with `until`; None leaves that side open.

    Where two parts meet they have one boundary: the `until` of the newer is the `before` of the older.
    """

    before: End | None = None
    until: End | None = None


class Filters(NamedTuple):
    """What a timeline shows; empty is everything."""

    method: str = ""
    direction: str = ""


EVERYTHING = Filters()


def newest_in(lead: PageLead, filters: Filters, span: BlockSpan, size: int) -> ContactAttemptQuerySet:
    """The newest attempts of this part, newest first, with all an entry needs."""
    attempts = annotated(of_person(lead, filters, span, size).newest_first())
    return attempts[:size]


def oldest_in(lead: PageLead, filters: Filters, span: BlockSpan, size: int) -> ContactAttemptQuerySet:
    """The oldest attempts of this part, oldest first, with all an entry needs."""
    attempts = annotated(of_person(lead, filters, span, size, oldest=True).oldest_first())
    return attempts[:size]


def of_person(
    lead: PageLead, filters: Filters, span: BlockSpan, size: int, *, oldest: bool = False
) -> ContactAttemptQuerySet:
    others = record_names(lead)
    if not others:
        return narrowed(ContactAttempt.objects.filter(lead_id=lead.id), filters, span)
    # Each record is read by its own index; for a list of leads PostgreSQL would read and sort all attempts, and for
    # alternatives joined by OR the whole table.
    records = [narrowed(ContactAttempt.objects.filter(lead_id=id), filters, span) for id in (lead.id, *others)]
    ordered = [record.oldest_first() if oldest else record.newest_first() for record in records]
    first, *more = [record[:size].values("pk") for record in ordered]
    return ContactAttempt.objects.filter(pk__in=first.union(*more, all=True))


def newest_of(*, lead_id: UUID) -> ContactAttemptQuerySet:
    """What a lead page shows first, for a person with one record."""
    return annotated(ContactAttempt.objects.filter(lead_id=lead_id).newest_first())[: PAGE_SIZE + 1]


NEWEST = Compiled(newest_of, "lead_id")


def narrowed(attempts: ContactAttemptQuerySet, filters: Filters, span: BlockSpan) -> ContactAttemptQuerySet:
    if filters.method:
        attempts = attempts.filter(method=filters.method)
    if filters.direction:
        attempts = attempts.filter(direction=filters.direction)
    # The time alone as well: by it the index is entered at the boundary, instead of read from its end.
    if span.before is not None:
        at, id = span.before
        attempts = attempts.filter(Q(occurred_at__lt=at) | Q(id__lt=id), occurred_at__lte=at)
    if span.until is not None:
        at, id = span.until
        attempts = attempts.filter(Q(occurred_at__gt=at) | Q(id__gte=id), occurred_at__gte=at)
    return attempts


def annotated(attempts: ContactAttemptQuerySet) -> ContactAttemptQuerySet:
    """With the user who was answered and what the guard decided, so that a part stays one query."""
    return with_decisions(attempts).annotate(
        answers_name=F("in_reply_to__user_name"), answers_id=F("in_reply_to__user_id")
    )
