"""What the managers' page shows: each webhook with how much waits for it, and the log of messages, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from crm.models import User
from outreach.models import TEST_EVENT, ChangeEvent, Delivery, Webhook

PAGE_SIZE = 25


@dataclass(frozen=True)
class LogEntry:
    """One message of the log, in words."""

    id: UUID
    words: str
    url: str
    state: str
    answer: str
    tries: int
    created_at: datetime
    last_tried_at: datetime | None
    next_try_at: datetime | None
    waits_for_webhook: bool
    may_try: bool


@dataclass(frozen=True)
class LogPage:
    """next: the `before` of the page after this one; None at the end."""

    entries: list[LogEntry]
    next: UUID | None


def read_webhooks(user: User) -> list[Webhook]:
    """The company's, oldest first, each with `waiting`: how many messages are still to be sent."""
    own = Delivery.objects.waiting().filter(webhook=OuterRef("pk")).order_by()
    # A subquery, so that it is counted from the index of waiting messages and the long log is not read.
    counted = Subquery(own.values("webhook").annotate(number=Count("pk")).values("number"))
    return list(Webhook.objects.visible_to(user).annotate(waiting=Coalesce(counted, 0)))


def read_log(user: User, before: UUID | None) -> LogPage:
    """One page by keyset, which costs the same at any depth. before: the id of the last entry of the page before."""
    deliveries = Delivery.objects.visible_to(user).select_related("webhook").newest_first()
    if before is not None:
        deliveries = deliveries.filter(id__lt=before)
    rows = list(deliveries[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return LogPage([entry(row) for row in shown], shown[-1].id if len(rows) > PAGE_SIZE else None)


def entry(row: Delivery) -> LogEntry:
    return LogEntry(
        id=row.id,
        words="A test" if row.event == TEST_EVENT else ChangeEvent(row.event).label,
        url=row.webhook.url,
        state=state(row),
        answer=last_answer(row),
        tries=row.attempts,
        created_at=row.created_at,
        last_tried_at=row.last_tried_at,
        next_try_at=row.next_try_at,
        waits_for_webhook=row.next_try_at is not None and not row.webhook.active,
        may_try=row.attempts > 0 and row.delivered_at is None and row.webhook.active,
    )


def state(row: Delivery) -> str:
    if row.delivered_at is not None:
        return "delivered"
    if row.given_up_at is not None:
        return "given up"
    return "failed" if row.attempts else "waiting"


def last_answer(row: Delivery) -> str:
    """The status that was answered last, or the error instead of an answer."""
    if row.last_status is None:
        return row.last_error
    words = f"{row.last_status} {phrase(row.last_status)}".strip()
    return f"{words}. {row.last_error}" if row.last_error else words


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
