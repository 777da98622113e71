"""From the change feed into the outbox: the place read up to and what was found there move in one transaction."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.db import transaction

from crm.api.times import moment
from crm.ids import new_id
from crm.postgres.prepared import Prepared
from outreach.changes import HORIZON, Place, read_changes_of
from outreach.models import ChangeEvent, Delivery, Webhook

BATCH = 200
# With so many waiting, a webhook is gathered for no more: the feed keeps the rest until they have gone.
MOST_WAITING = 1_000

BEHIND = Prepared(f"""
SELECT webhook.id FROM outreach_webhook AS webhook
WHERE webhook.active
  AND EXISTS (SELECT FROM outreach_change AS change
              WHERE change.company_id = webhook.company_id
                AND (change.xid, change.id) > (webhook.read_xid, webhook.read_id)
                AND change.xid < {HORIZON})
  AND (SELECT count(*) FROM (SELECT FROM outreach_delivery AS delivery
                             WHERE delivery.webhook_id = webhook.id AND delivery.next_try_at IS NOT NULL
                             LIMIT %(most)s::int) AS waiting) < %(most)s::int
ORDER BY webhook.id
""")


def gather_all() -> int:
    """One batch for each webhook that has something new in its feed. Returns how many changes were read."""
    return sum(gather(webhook_id) for (webhook_id,) in BEHIND.rows({"most": MOST_WAITING}))


@transaction.atomic
def gather(webhook_id: UUID) -> int:
    """The next batch of one webhook, unless another worker is at it. Returns how many changes were read."""
    free = Webhook.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=webhook_id, active=True)
    webhook = free.first()
    if webhook is None:
        return 0
    rows = read_changes_of(webhook.company_id, Place(webhook.read_xid, webhook.read_id), BATCH)
    if not rows:
        return 0
    webhook.read_xid, webhook.read_id = rows[-1][:2]
    webhook.save(update_fields=["read_xid", "read_id"])
    wanted = [row for row in rows if row[2] in webhook.events]
    Delivery.objects.bulk_create([message(webhook, *row[1:]) for row in wanted])
    return len(rows)


def message(
    webhook: Webhook, change_id: int, event: str, at: datetime, lead_id: UUID, attempt_id: UUID | None,
    decision_id: UUID | None, user_id: UUID | None, method: str | None, direction: str | None, responded: bool | None,
    response_at: datetime | None, voided_at: datetime | None, user_name: str | None, occurred_at: datetime | None,
) -> Delivery:  # fmt: skip
    """A row of the feed, as a webhook is told of it: what a page hears live, ids and names but no texts."""
    data = {
        "lead_id": str(lead_id),
        "attempt_id": text(attempt_id),
        "method": method,
        "direction": direction,
        "user_id": text(user_id),
        "user_name": user_name or "",
        "occurred_at": moment(occurred_at),
    }
    if event == ChangeEvent.RESPONDED:
        data |= {"responded": responded, "response_at": moment(response_at)}
    if event == ChangeEvent.OVERRIDE:
        data |= {"decision_id": text(decision_id)}
    return delivery_of(webhook, event, at, data, change_id=change_id)


def delivery_of(
    webhook: Webhook, event: str, at: datetime, data: dict[str, object], *, change_id: int | None = None
) -> Delivery:
    """A message for the outbox, not saved. Its id is in what is sent, and stays the same on each try."""
    pk = new_id()
    said = {"id": str(pk), "event": event, "created_at": moment(at), "data": data}
    return Delivery(
        id=pk,
        company_id=webhook.company_id,
        webhook_id=webhook.id,
        change_id=change_id,
        event=event,
        payload=json.dumps(said, ensure_ascii=False, separators=(",", ":")),
    )


def text(pk: UUID | None) -> str | None:
    return str(pk) if pk else None
