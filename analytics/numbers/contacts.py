"""The numbers that no sum holds: persons, medians, first contacts and hours, read from the contacts of the span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection

from analytics.models import NOBODY
from analytics.numbers.filters import Asked
from analytics.numbers.queries import Counts


def of_rep(column: str) -> str:
    """Whether it is the rep's that is asked for, if one is; authors who were deleted are NOBODY."""
    return f"(%(rep)s::uuid IS NULL OR COALESCE({column}, '{NOBODY}') = %(rep)s)"


# The live contacts that are asked for, from a moment named `{since}`; the index attempt_numbers holds all of it.
CONTACTS = f"""
SELECT id, lead_id, user_id, method, direction, occurred_at, responded, response_at,
       occurred_at >= %(since)s AS is_current
FROM outreach_contactattempt
WHERE company_id = %(company)s AND voided_at IS NULL
  AND occurred_at >= {{since}} AND occurred_at < %(until)s
  AND (%(method)s = '' OR method = %(method)s) AND (%(direction)s = '' OR direction = %(direction)s)
  AND {of_rep("user_id")}
"""
IN_SPAN = CONTACTS.format(since="%(since)s")
SINCE_BEFORE = CONTACTS.format(since="%(before_since)s")

# Records of the company that share an email, phone or profile. Most companies have few, and which keys they are the
# index alone tells.
LINKED = """
SELECT array_agg(lead_id) FROM leads_leadidentifier
WHERE company_id = %(company)s AND (kind, person_key) IN (
    SELECT kind, person_key FROM leads_leadidentifier WHERE company_id = %(company)s
    GROUP BY kind, person_key HAVING count(*) > 1)
GROUP BY kind, person_key
"""
# Whose contact it is: the person's, however many records there are.
PERSON = "COALESCE(linked.person, contact.lead_id)"
LINKS = """LEFT JOIN unnest(%(linked)s::uuid[], %(persons)s::uuid[]) AS linked(lead_id, person)
    ON linked.lead_id = contact.lead_id"""

# Records first and persons then: of the contacts there are many times more.
PEOPLE = f"""
WITH contact AS MATERIALIZED (
    SELECT lead_id, is_current, bool_or(responded) AS answered FROM ({SINCE_BEFORE}) AS each GROUP BY 1, 2
)
SELECT is_current, count(*), count(*) FILTER (WHERE answered)
FROM (
    SELECT is_current, {PERSON} AS person, bool_or(answered) AS answered FROM contact {LINKS} GROUP BY 1, 2
) AS met
GROUP BY is_current
"""

MEDIAN = f"""
SELECT is_current, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM response_at - occurred_at)::float8)
FROM ({SINCE_BEFORE}) AS contact WHERE responded GROUP BY is_current
"""

HOURS = f"""
SELECT extract(isodow FROM response_at AT TIME ZONE %(zone)s)::int,
       extract(hour FROM response_at AT TIME ZONE %(zone)s)::int, count(*)
FROM ({IN_SPAN}) AS contact WHERE responded GROUP BY 1, 2
"""

# A first contact is one to a person whom nobody had contacted before, by any method. Of each record only the earliest
# contact of the span can be one, and of most records it is not: that is seen before the contact itself is looked for.
FIRST_CONTACTS = f"""
WITH began AS MATERIALIZED (
    SELECT lead_id, min(occurred_at) AS at FROM ({IN_SPAN}) AS each WHERE direction = 'outbound' GROUP BY lead_id
), fresh AS MATERIALIZED (
    SELECT began.* FROM began WHERE NOT EXISTS (
        SELECT FROM outreach_contactattempt AS earlier
        WHERE earlier.lead_id = began.lead_id AND earlier.direction = 'outbound' AND earlier.voided_at IS NULL
          AND earlier.occurred_at < began.at)
), earliest AS MATERIALIZED (
    SELECT contact.*, {PERSON} AS person
    FROM fresh
    JOIN ({IN_SPAN}) AS contact
      ON contact.lead_id = fresh.lead_id AND contact.occurred_at = fresh.at AND contact.direction = 'outbound'
    {LINKS}
)
SELECT earliest.* FROM earliest
WHERE NOT EXISTS (
    SELECT FROM outreach_contactattempt AS earlier
    WHERE earlier.lead_id = earliest.lead_id AND earlier.direction = 'outbound' AND earlier.voided_at IS NULL
      AND earlier.occurred_at = earliest.occurred_at AND earlier.id < earliest.id
) AND NOT EXISTS (
    SELECT FROM unnest(%(linked)s::uuid[], %(persons)s::uuid[]) AS record(lead_id, person)
    JOIN outreach_contactattempt AS earlier ON earlier.lead_id = record.lead_id
    WHERE record.person = earliest.person AND earlier.direction = 'outbound' AND earlier.voided_at IS NULL
      AND (earlier.occurred_at, earlier.id) < (earliest.occurred_at, earliest.id)
)
"""
FIRST = f"""
SELECT count(*), count(*) FILTER (WHERE responded),
       COALESCE(sum(extract(epoch FROM response_at - occurred_at)), 0)
FROM ({FIRST_CONTACTS}) AS first_contact
"""

FRESH = f"""
SELECT count(*) FROM ({IN_SPAN}) AS contact
WHERE direction = 'outbound' AND NOT responded AND occurred_at > %(fresh_since)s
"""


@dataclass(frozen=True)
class People:
    """How many persons were contacted, and how many of them answered."""

    contacted: int = 0
    answered: int = 0


@dataclass(frozen=True)
class Links:
    """Which records are of one person: pairs of a record and the id that stands for its person."""

    records: list[UUID]
    persons: list[UUID]

    def parameters(self) -> dict[str, list[UUID]]:
        return {"linked": self.records, "persons": self.persons}


def read_links(company_id: UUID) -> Links:
    """Join records that share something, directly or by way of others."""
    with connection.cursor() as cursor:
        cursor.execute(LINKED, {"company": company_id})
        groups = [records for (records,) in cursor.fetchall()]
    head: dict[UUID, UUID] = {}
    for records in groups:
        first = find_head(head, records[0])
        for record in records[1:]:
            head[find_head(head, record)] = first
    records = sorted({record for group in groups for record in group})
    return Links(records, [find_head(head, record) for record in records])


def find_head(head: dict[UUID, UUID], record: UUID) -> UUID:
    """The record that stands for this one's person. Halves the way for the next one who asks."""
    while (above := head.get(record, record)) != record:
        head[record] = head.get(above, above)
        record = above
    return record


def read_people(asked: Asked, links: Links) -> tuple[People, People]:
    """The persons of the span, and of the span before."""
    rows = {current: People(*counts) for current, *counts in ask(PEOPLE, asked, **links.parameters())}
    return rows.get(True, People()), rows.get(False, People())


def read_median(asked: Asked) -> tuple[float | None, float | None]:
    """Seconds within which half of the answers came, in the span and in the one before."""
    rows = dict(ask(MEDIAN, asked))
    return rows.get(True), rows.get(False)


def read_hours(asked: Asked) -> dict[tuple[int, int], int]:
    """How many answers came at each (weekday, hour) of the company's clock; Monday is 1."""
    return {(weekday, hour): count for weekday, hour, count in ask(HOURS, asked)}


def read_first(asked: Asked, links: Links) -> Counts:
    """The contacts that were somebody's first."""
    return Counts(*ask(FIRST, asked, **links.parameters())[0])


def read_fresh(asked: Asked, average: float | None) -> int:
    """Contacts that are younger than an answer takes on average, and not answered yet."""
    return ask(FRESH, asked, fresh_since=asked.now - timedelta(seconds=average))[0][0] if average else 0


def ask(statement: str, asked: Asked, **more: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**asked.parameters(), **more})
        return cursor.fetchall()
