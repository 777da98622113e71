"""What a replay reads: the contacts to judge, and what surrounds them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection

from outreach.guard import Previous
from outreach.guard.reading import NAME
from outreach.models import Direction

RowT = TypeVar("RowT")


class ReplayedRow(NamedTuple):
    """A contact with its record: the columns of ATTEMPT, in their order."""

    id: UUID
    lead_id: UUID
    user_id: UUID | None
    user_name: str
    method: str
    direction: str
    occurred_at: datetime
    responded: bool
    response_at: datetime | None
    subject: str
    lead_name: str
    organization_keys: list[str]
    recorded_at: datetime

    def contact(self, body: str = "") -> Previous:
        """The contact as the guard's rules take it; its body is read by itself."""
        return Previous(
            id=self.id, lead_id=self.lead_id, user_id=self.user_id, user_name=self.user_name, method=self.method,
            direction=self.direction, occurred_at=self.occurred_at, responded=self.responded,
            response_at=self.response_at, subject=self.subject, body=body,
        )  # fmt: skip


class LentRow(NamedTuple):
    """A record whose history counts for another person too, if it was recorded by `until`: the columns of FORMER."""

    lead_id: UUID
    former_lead_id: UUID
    until: datetime


class ReplayedAnswer(NamedTuple):
    """An answer, to whom, and since when it is known: the columns of ANSWERS."""

    lead_id: UUID
    at: datetime
    user_id: UUID | None
    recorded_at: datetime


class BodyRow(NamedTuple):
    """The columns of BODIES."""

    id: UUID
    body: str


ATTEMPT = f"""a.id, a.lead_id, a.user_id, a.user_name, a.method, a.direction, a.occurred_at, a.responded,
    a.response_at, a.subject, {NAME} AS lead_name, lead.organization_keys, a.created_at AS recorded_at"""

# The newest contacts that are replayed.
REPLAYED = f"""
SELECT {ATTEMPT} FROM outreach_contactattempt AS a JOIN leads_lead AS lead ON lead.id = a.lead_id
WHERE a.company_id = %(company)s AND a.direction = '{Direction.OUTBOUND}' AND a.voided_at IS NULL
  AND a.occurred_at > clock_timestamp() - make_interval(days => %(days)s)
ORDER BY a.occurred_at DESC, a.id DESC LIMIT %(limit)s
"""
# These contacts are replayed.
THESE = f"""
SELECT {ATTEMPT} FROM outreach_contactattempt AS a JOIN leads_lead AS lead ON lead.id = a.lead_id
WHERE a.id = ANY(%(ids)s::uuid[]) AND a.direction = '{Direction.OUTBOUND}' AND a.voided_at IS NULL
ORDER BY a.occurred_at DESC, a.id DESC
"""
# What was said to the same persons: since the first of those, and before it as much as the limits look at.
AROUND = f"""
SELECT {ATTEMPT} FROM unnest(%(leads)s::uuid[]) AS record(lead_id)
JOIN leads_lead AS lead ON lead.id = record.lead_id
CROSS JOIN LATERAL (
    SELECT * FROM outreach_contactattempt AS since
    WHERE since.lead_id = record.lead_id AND since.direction = '{Direction.OUTBOUND}' AND since.voided_at IS NULL
      AND since.occurred_at >= %(start)s
    UNION ALL
    SELECT before.* FROM unnest(%(methods)s::text[]) AS each(method) CROSS JOIN LATERAL (
        SELECT * FROM outreach_contactattempt AS one
        WHERE one.lead_id = record.lead_id AND one.method = each.method AND one.direction = '{Direction.OUTBOUND}'
          AND one.voided_at IS NULL AND one.occurred_at < %(start)s AND one.occurred_at > %(floor)s
        ORDER BY one.occurred_at DESC LIMIT %(most)s
    ) AS before
) AS a
"""
# Whose history counts besides, up to when: that of whom an address of theirs once reached.
FORMER = """
SELECT own.lead_id, former.lead_id, max(former.until)
FROM leads_leadidentifier AS own
JOIN leads_formeridentifier AS former
  ON former.company_id = own.company_id AND former.kind = own.kind AND former.person_key = own.person_key
WHERE own.lead_id = ANY(%(leads)s)
GROUP BY own.lead_id, former.lead_id
"""
# Whom they answered, when, and since when that is known.
ANSWERS = f"""
SELECT a.lead_id, a.response_at, a.user_id, COALESCE(a.response_recorded_at, a.created_at)
FROM outreach_contactattempt AS a
WHERE a.lead_id = ANY(%(leads)s) AND a.responded AND a.voided_at IS NULL AND a.response_at > %(floor)s
UNION ALL
SELECT a.lead_id, a.occurred_at, COALESCE(answered.user_id, a.user_id), a.created_at
FROM outreach_contactattempt AS a LEFT JOIN outreach_contactattempt AS answered ON answered.id = a.in_reply_to_id
WHERE a.lead_id = ANY(%(leads)s) AND a.direction = '{Direction.INBOUND}' AND a.voided_at IS NULL
  AND a.occurred_at > %(floor)s
"""
# What was said to anybody at the same organizations.
NEIGHBOURS = f"""
SELECT {ATTEMPT} FROM outreach_contactattempt AS a JOIN leads_lead AS lead ON lead.id = a.lead_id
WHERE a.company_id = %(company)s AND a.direction = '{Direction.OUTBOUND}' AND a.voided_at IS NULL
  AND a.occurred_at > %(floor)s AND lead.deleted_at IS NULL AND lead.organization_keys && %(keys)s::varchar[]
ORDER BY a.occurred_at DESC LIMIT %(limit)s
"""
NEIGHBOURS_READ = 20_000


# What was said, as much of it as is compared.
BODIES = "SELECT id, left(body, %(most)s) AS body FROM outreach_contactattempt WHERE id = ANY(%(ids)s)"


def read(row: Callable[..., RowT], statement: str, **params: Any) -> list[RowT]:
    """All rows of a statement with these parameters, each as an object of the class that has its columns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [row(*values) for values in cursor.fetchall()]
