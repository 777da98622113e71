"""From the change feed into the outbox: the messages, and the place that was read up to, in one transaction."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.db import transaction

from crm.api.times import moment
from crm.models.ids import new_id
from crm.postgres.prepared import Prepared
from outreach.models import ChangeEvent, Delivery, Webhook
from outreach.webhooks.changes import HORIZON, ChangeRow, FeedPlace, read_changes

BATCH = 200
# A webhook with so many messages waiting gets no more for now: the feed keeps the rest.
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
    """One batch for each webhook that is behind its feed. Returns how many changes were read."""
    return sum(gather(webhook_id) for (webhook_id,) in BEHIND.rows({"most": MOST_WAITING}))


@transaction.atomic
def gather(webhook_id: UUID) -> int:
    """The next batch of one webhook, unless another worker has locked it. Returns how many changes were read."""
    unlocked = Webhook.objects.select_for_update(skip_locked=True, no_key=True)
    webhook = unlocked.filter(pk=webhook_id, active=True).first()
    if webhook is None:
        return 0
    rows = read_changes(webhook.company_id, FeedPlace(webhook.read_xid, webhook.read_id), BATCH)
    if not rows:
        return 0
    webhook.read_xid, webhook.read_id = rows[-1].xid, rows[-1].id
    webhook.save(update_fields=["read_xid", "read_id"])
    Delivery.objects.bulk_create([message(webhook, row) for row in rows if row.event in webhook.events])
    return len(rows)


def message(webhook: Webhook, row: ChangeRow) -> Delivery:
    """The message about a row of the feed: what a page hears live, ids and names but no texts."""
    data: dict[str, object] = {
        "lead_id": str(row.lead_id),
        "attempt_id": text(row.attempt_id),
        "method": row.method,
        "direction": row.direction,
        "user_id": text(row.user_id),
        "user_name": row.user_name or "",
        "occurred_at": moment(row.occurred_at),
    }
    if row.event == ChangeEvent.RESPONDED:
        data |= {"responded": row.responded, "response_at": moment(row.response_at)}
    if row.event == ChangeEvent.OVERRIDE:
        data |= {"decision_id": text(row.decision_id)}
    return delivery_of(webhook, row.event, row.at, data, change_id=row.id)


def delivery_of(
    webhook: Webhook, event: str, at: datetime, data: dict[str, object], *, change_id: int | None = None
) -> Delivery:
    """A message for the outbox, not saved. Its id is part of what is sent and stays the same on each try."""
    pk = new_id()
    content = {"id": str(pk), "event": event, "created_at": moment(at), "data": data}
    return Delivery(
        id=pk,
        company_id=webhook.company_id,
        webhook_id=webhook.id,
        change_id=change_id,
        event=event,
        payload=json.dumps(content, ensure_ascii=False, separators=(",", ":")),
    )


def text(pk: UUID | None) -> str | None:
    return str(pk) if pk else None
