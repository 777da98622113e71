"""Reading on in a company's feed without a gap, whatever commits at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from crm.postgres.prepared import Prepared

# Every transaction below the oldest open one has ended, and none will ever be given so small a number again: what is
# visible up to there is all there will be. Who is still writing holds the feed up, never leaves a hole in it. Numbers
# are those of the whole server: whoever is known to write in another of its databases holds nobody up here.
HORIZON = """(SELECT COALESCE(
    (SELECT min(open.xid::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS open(xid)
     WHERE NOT EXISTS (
        SELECT FROM pg_locks AS held JOIN pg_stat_activity AS writer ON writer.pid = held.pid
        WHERE held.locktype = 'transactionid' AND held.mode = 'ExclusiveLock' AND held.granted
          AND writer.datname <> current_database()
          -- A lock names its transaction without the epoch.
          AND held.transactionid::text::bigint = open.xid::text::bigint & 4294967295)),
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint))"""

AFTER = Prepared(f"""
SELECT change.xid, change.id, change.event, change.at, change.lead_id, change.attempt_id, change.decision_id,
       change.user_id, attempt.method, attempt.direction, attempt.responded, attempt.response_at, attempt.voided_at,
       COALESCE(NULLIF(btrim(member.first_name || ' ' || member.last_name), ''), member.email), attempt.occurred_at
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
class Place:
    """Where a reader is: everything up to this row has been read."""

    xid: int = 0
    id: int = 0


def latest_place() -> Place:
    """The end of the feed now: only what is committed from here on comes after it."""
    ((xid,),) = LATEST.rows({})
    return Place(xid - 1, 2**63 - 1)


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
    def place(self) -> Place:
        return Place(self.xid, self.id)


def read_changes(company_id: UUID | None, after: Place, limit: int) -> list[ChangeRow]:
    """What comes next in the feed of a company."""
    rows = AFTER.rows({"company": company_id, "xid": after.xid, "id": after.id, "limit": limit})
    return [ChangeRow._make(row) for row in rows]
