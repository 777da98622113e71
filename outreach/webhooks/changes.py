"""Reading a company's change feed from a place on, without a gap, whatever commits at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from crm.models import USER_NAME
from crm.postgres.prepared import Prepared

# The number of the oldest open transaction. All with smaller numbers have ended, and no new one gets such a number: up
# to there nothing more will appear. A transaction that is still writing delays the feed but leaves no hole in it.
# Numbers are the whole server's: transactions known to write in another of its databases are left out.
HORIZON = """(SELECT COALESCE(
    (SELECT min(open.xid::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS open(xid)
     WHERE NOT EXISTS (
        SELECT FROM pg_locks AS held_lock JOIN pg_stat_activity AS writer ON writer.pid = held_lock.pid
        WHERE held_lock.locktype = 'transactionid' AND held_lock.mode = 'ExclusiveLock' AND held_lock.granted
          AND writer.datname <> current_database()
          -- A lock names its transaction without the epoch.
          AND held_lock.transactionid::text::bigint = open.xid::text::bigint & 4294967295)),
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint))"""

AFTER = Prepared(f"""
SELECT change.xid, change.id, change.event, change.at, change.lead_id, change.attempt_id, change.decision_id,
       change.user_id, attempt.method, attempt.direction, attempt.responded, attempt.response_at, attempt.voided_at,
       {USER_NAME}, attempt.occurred_at
FROM outreach_change AS change
LEFT JOIN outreach_contactattempt AS attempt ON attempt.id = change.attempt_id
LEFT JOIN crm_user AS member ON member.id = change.user_id
WHERE change.company_id = %(company)s::uuid AND (change.xid, change.id) > (%(xid)s::bigint, %(id)s::bigint)
  AND change.xid < {HORIZON}
ORDER BY change.xid, change.id
LIMIT %(limit)s::int
""")

LATEST = Prepared(f"SELECT {HORIZON}")


@dataclass(frozen=True)
class FeedPlace:
    """How far a reader has read: everything up to and with this row."""

    xid: int = 0
    id: int = 0


def latest_place() -> FeedPlace:
    """The end of the feed now: only what is committed from now on comes after it."""
    ((xid,),) = LATEST.rows({})
    return FeedPlace(xid - 1, 2**63 - 1)


class ChangeRow(NamedTuple):
    """One row of AFTER: what happened, and the contact it is about as it is now."""

    xid: int
    id: int
    event: str
    at: datetime
    lead_id: UUID
    attempt_id: UUID | None
    decision_id: UUID | None
    user_id: UUID | None
    method: str | None
    direction: str | None
    responded: bool | None
    response_at: datetime | None
    voided_at: datetime | None
    user_name: str | None
    occurred_at: datetime | None

    @property
    def place(self) -> FeedPlace:
        return FeedPlace(self.xid, self.id)


def read_changes(company_id: UUID | None, after: FeedPlace, limit: int) -> list[ChangeRow]:
    """Up to `limit` rows of the company's feed after this place, in order."""
    rows = AFTER.rows({"company": company_id, "xid": after.xid, "id": after.id, "limit": limit})
    return [ChangeRow._make(row) for row in rows]
