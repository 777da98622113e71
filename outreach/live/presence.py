"""Who has a lead's page open: each socket has a seat there, kept by its heartbeat and gone with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from crm.models import User
from crm.models.ids import new_id
from leads.person.records import STEPS, records_of
from outreach.live import events
from outreach.models import SEAT_SECONDS

# Put before the statement that a heartbeat makes anyway, so that an open page costs no statement more.
KEEP = """
WITH seat AS (
    INSERT INTO outreach_presence (id, company_id, lead_id, user_id, seen_at)
    SELECT %s, lead.company_id, lead.id, member.id, clock_timestamp()
    FROM leads_lead AS lead
    JOIN crm_user AS member ON member.id = %s AND member.company_id = lead.company_id
    WHERE lead.id = %s AND lead.deleted_at IS NULL
    ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at
)
"""

# The records whose pages are to be told, or none if the user has been here already. Clears up what crashes left.
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
    WHERE lead_id = %(lead)s AND user_id = %(user)s AND id <> %(seat)s
      AND seen_at > clock_timestamp() - make_interval(secs => %(seconds)s))
"""

# The user's seats here are locked first and in one order: of two that close at once, one sees that it is the last.
LEAVE = """
WITH own AS MATERIALIZED (
    SELECT id, seen_at FROM outreach_presence WHERE lead_id = %(lead)s AND user_id = %(user)s ORDER BY id FOR UPDATE
), others AS MATERIALIZED (
    SELECT count(*) > 0 AS stay FROM own
    WHERE id <> %(seat)s AND seen_at > clock_timestamp() - make_interval(secs => %(seconds)s)
), gone AS (
    DELETE FROM outreach_presence USING others WHERE id = %(seat)s RETURNING id
), freed AS (
    DELETE FROM outreach_claim USING others
    WHERE NOT others.stay AND lead_id = %(lead)s AND user_id = %(user)s
    RETURNING expires_at > clock_timestamp() AS held
)
SELECT others.stay, EXISTS (SELECT FROM freed WHERE held), (SELECT count(*) FROM gone) FROM others
"""


@dataclass(frozen=True)
class Seat:
    """The place of one socket at a lead's page."""

    lead_id: UUID
    user: User
    id: UUID = field(default_factory=new_id)

    def keep(self, query: QuerySet[User]) -> User | None:
        """Answer the query, and take or renew the seat by the same statement."""
        sql, parameters = query.query.sql_with_params()
        found = User.objects.raw(KEEP + sql, [self.id, self.user.id, self.lead_id, *parameters])
        return next(iter(found), None)

    def announce(self) -> None:
        """Tell the person's pages who has come, unless by another socket of the user they know it."""
        with connection.cursor() as cursor:
            cursor.execute(ARRIVE, self.parameters)
            records = [lead_id for (lead_id,) in cursor.fetchall()]
        if records:
            events.announce_presence(self.lead_id, records, self.user, doing="viewing")

    def leave(self) -> None:
        """Give the seat up. With the user's last one here goes a claim: whoever has closed the page is not writing."""
        with connection.cursor() as cursor:
            cursor.execute(LEAVE, self.parameters)
            stays, was_writing, _ = cursor.fetchone()
        if not stays:
            records = records_of([self.lead_id])[self.lead_id]
            was = "writing" if was_writing else "viewing"
            events.announce_presence(self.lead_id, records, self.user, doing="left", was=was)

    @property
    def parameters(self) -> dict[str, object]:
        return {"lead": self.lead_id, "user": self.user.id, "seat": self.id, "seconds": SEAT_SECONDS}
