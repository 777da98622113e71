"""The numbers that are no sums: persons, medians, first contacts and hours, read from the contacts of the span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection

from analytics.numbers.filters import Parameter, ReportFilters
from analytics.numbers.queries import Counts, fetch_rows
from crm.models.ids import NOBODY
from outreach.models import Direction


def of_rep(column: str) -> str:
    """The condition that a row is of the filters' rep, if there is one; authors who were deleted are NOBODY."""
    return f"(%(rep)s::uuid IS NULL OR COALESCE({column}, '{NOBODY}') = %(rep)s)"


# The live contacts of the filters, from a moment named `{since}`; the index attempt_numbers covers all columns.
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

# Records of the company that share an email, phone or profile. Most companies have few, and an index-only scan finds
# their keys.
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

# A first contact is one to a person whom nobody had contacted before, by any method. Only the earliest contact of each
# record in the span can be one. Most are not: they are left out before the contacts themselves are read.
FIRST_CONTACTS = f"""
WITH began AS MATERIALIZED (
    SELECT lead_id, min(occurred_at) AS at FROM ({IN_SPAN}) AS each WHERE direction = '{Direction.OUTBOUND}'
    GROUP BY lead_id
), fresh AS MATERIALIZED (
    SELECT began.* FROM began WHERE NOT EXISTS (
        SELECT FROM outreach_contactattempt AS earlier
        WHERE earlier.lead_id = began.lead_id AND earlier.direction = '{Direction.OUTBOUND}'
          AND earlier.voided_at IS NULL AND earlier.occurred_at < began.at)
), earliest AS MATERIALIZED (
    SELECT contact.*, {PERSON} AS person
    FROM fresh
    JOIN ({IN_SPAN}) AS contact
      ON contact.lead_id = fresh.lead_id AND contact.occurred_at = fresh.at
     AND contact.direction = '{Direction.OUTBOUND}'
    {LINKS}
)
SELECT earliest.* FROM earliest
WHERE NOT EXISTS (
    SELECT FROM outreach_contactattempt AS earlier
    WHERE earlier.lead_id = earliest.lead_id AND earlier.direction = '{Direction.OUTBOUND}'
      AND earlier.voided_at IS NULL AND earlier.occurred_at = earliest.occurred_at AND earlier.id < earliest.id
) AND NOT EXISTS (
    SELECT FROM unnest(%(linked)s::uuid[], %(persons)s::uuid[]) AS record(lead_id, person)
    JOIN outreach_contactattempt AS earlier ON earlier.lead_id = record.lead_id
    WHERE record.person = earliest.person AND earlier.direction = '{Direction.OUTBOUND}' AND earlier.voided_at IS NULL
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
WHERE direction = '{Direction.OUTBOUND}' AND NOT responded AND occurred_at > %(fresh_since)s
"""


@dataclass(frozen=True)
class PeopleCounts:
    """How many persons were contacted, and how many of them answered."""

    contacted: int = 0
    answered: int = 0


@dataclass(frozen=True)
class PersonLinks:
    """Which records are of one person: pairs of a record and the id that stands for its person."""

    records: list[UUID]
    persons: list[UUID]

    def parameters(self) -> dict[str, Parameter]:
        return {"linked": self.records, "persons": self.persons}


def read_links(company_id: UUID) -> PersonLinks:
    """Join records that share something, directly or by way of others."""
    with connection.cursor() as cursor:
        cursor.execute(LINKED, {"company": company_id})
        groups = [records for (records,) in cursor.fetchall()]
    head: dict[UUID, UUID] = {}
    for records in groups:
        first, *others = records
        root = find_head(head, first)
        for record in others:
            head[find_head(head, record)] = root
    records = sorted({record for group in groups for record in group})
    return PersonLinks(records, [find_head(head, record) for record in records])


def find_head(head: dict[UUID, UUID], record: UUID) -> UUID:
    """The record that stands for this one's person. Halves the way for the next search."""
    while (above := head.get(record, record)) != record:
        head[record] = head.get(above, above)
        record = above
    return record


def read_people(filters: ReportFilters, links: PersonLinks) -> tuple[PeopleCounts, PeopleCounts]:
    """The persons of the span, and of the span before."""
    rows = fetch_rows(PEOPLE, filters, **links.parameters())
    counts = {is_current: PeopleCounts(contacted, answered) for is_current, contacted, answered in rows}
    return counts.get(True, PeopleCounts()), counts.get(False, PeopleCounts())


def read_median(filters: ReportFilters) -> tuple[float | None, float | None]:
    """Seconds within which half of the answers came, in the span and in the one before."""
    medians = {is_current: seconds for is_current, seconds in fetch_rows(MEDIAN, filters)}
    return medians.get(True), medians.get(False)


def read_hours(filters: ReportFilters) -> dict[tuple[int, int], int]:
    """How many answers came at each (weekday, hour) of the company's clock; Monday is 1."""
    return {(weekday, hour): count for weekday, hour, count in fetch_rows(HOURS, filters)}


def read_first(filters: ReportFilters, links: PersonLinks) -> Counts:
    """The contacts that were somebody's first."""
    ((attempts, responses, seconds),) = fetch_rows(FIRST, filters, **links.parameters())
    return Counts(attempts, responses, seconds)


def read_fresh(filters: ReportFilters, average: float | None) -> int:
    """How many contacts are younger than an answer takes on average (seconds), and not answered yet."""
    if not average:
        return 0
    ((count,),) = fetch_rows(FRESH, filters, fresh_since=filters.now - timedelta(seconds=average))
    return int(count)
