"""The attempts of a timeline's page, over all records of the person, in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING
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


def page_of(lead: PageLead, *, method: str, direction: str, before: End | None, size: int) -> ContactAttemptQuerySet:
    """The newest entries before the cursor, over all records of the person."""
    others = record_names(lead)
    if not others:
        attempts = narrowed(ContactAttempt.objects.filter(lead_id=lead.id), method, direction, before)
    else:
        # Each record is read by its own index; for a list of leads PostgreSQL would read and sort all attempts.
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
    """With the user who was answered and what the guard decided, so that a page stays one query."""
    return with_decisions(attempts).annotate(
        answers_name=F("in_reply_to__user_name"), answers_id=F("in_reply_to__user_id")
    )
