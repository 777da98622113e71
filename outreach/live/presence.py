"""Who has a lead's page open: the presence of each socket, renewed by its heartbeat and ended when it closes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, cast
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from crm.models import User
from crm.models.ids import new_id
from leads.person.records import STEPS, records_of
from outreach.live import events
from outreach.models import PRESENCE_SECONDS

# Comes before the statement that a heartbeat runs anyway, so that an open page needs no further statement.
RENEW = """
WITH presence AS (
    INSERT INTO outreach_presence (id, company_id, lead_id, user_id, seen_at)
    SELECT %s, lead.company_id, lead.id, member.id, clock_timestamp()
    FROM leads_lead AS lead
    JOIN crm_user AS member ON member.id = %s AND member.company_id = lead.company_id
    WHERE lead.id = %s AND lead.deleted_at IS NULL
    ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at
)
"""

# The records whose pages are told, or none if another socket of the user is present. Deletes what crashes left.
ARRIVE = f"""
WITH RECURSIVE person(root, lead_id) AS (
    SELECT %(lead)s::uuid, %(lead)s::uuid {STEPS}
), swept AS (
    DELETE FROM outreach_presence WHERE id IN (
        SELECT id FROM outreach_presence WHERE seen_at < clock_timestamp() - interval '1 hour'
        LIMIT 20 FOR UPDATE SKIP LOCKED)
)
SELECT lead_id FROM person WHERE NOT EXISTS (
    SELECT FROM outreach_presence
    WHERE lead_id = %(lead)s AND user_id = %(user)s AND id <> %(presence)s
      AND seen_at > clock_timestamp() - make_interval(secs => %(seconds)s))
"""

# The presence rows of the user at this lead are locked first, in one order: of two sockets that close at once, one
# sees that it is the last.
LEAVE = """
WITH own AS MATERIALIZED (
    SELECT id, seen_at FROM outreach_presence WHERE lead_id = %(lead)s AND user_id = %(user)s ORDER BY id FOR UPDATE
), others AS MATERIALIZED (
    SELECT count(*) > 0 AS stay FROM own
    WHERE id <> %(presence)s AND seen_at > clock_timestamp() - make_interval(secs => %(seconds)s)
), gone AS (
    DELETE FROM outreach_presence USING others WHERE id = %(presence)s RETURNING id
), freed AS (
    DELETE FROM outreach_claim USING others
    WHERE NOT others.stay AND lead_id = %(lead)s AND user_id = %(user)s
    RETURNING expires_at > clock_timestamp() AS held
)
SELECT others.stay, EXISTS (SELECT FROM freed WHERE held), (SELECT count(*) FROM gone) FROM others
"""


AnyUser = TypeVar("AnyUser", bound=User)


@dataclass(frozen=True)
class SocketPresence:
    """That the page of one socket is open at a lead. There is a row for it while the socket is."""

    lead_id: UUID
    user: User
    id: UUID = field(default_factory=new_id)

    def renew(self, query: QuerySet[AnyUser]) -> AnyUser | None:
        """Add or renew the row, and return the first user of the query, in one statement."""
        sql, parameters = query.query.sql_with_params()
        users = User.objects.raw(RENEW + sql, [self.id, self.user.id, self.lead_id, *parameters])
        return cast("AnyUser | None", next(iter(users), None))

    def announce(self) -> None:
        """Announce the user to the person's pages, unless another socket of the user is present there."""
        with connection.cursor() as cursor:
            cursor.execute(ARRIVE, self.parameters)
            records = [lead_id for (lead_id,) in cursor.fetchall()]
        if records:
            events.announce_presence(self.lead_id, records, self.user, doing="viewing")

    def leave(self) -> None:
        """Delete the row. With the last one of the user at the lead goes their claim: a closed page writes nothing."""
        with connection.cursor() as cursor:
            cursor.execute(LEAVE, self.parameters)
            stays, was_writing, _ = cursor.fetchone()
        if not stays:
            records = records_of([self.lead_id])[self.lead_id]
            was = "writing" if was_writing else "viewing"
            events.announce_presence(self.lead_id, records, self.user, doing="left", was=was)

    @property
    def parameters(self) -> dict[str, UUID | int]:
        return {"lead": self.lead_id, "user": self.user.id, "presence": self.id, "seconds": PRESENCE_SECONDS}
