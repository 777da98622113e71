"""Building the daily summary anew, a month at a time, while everybody goes on logging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from analytics.daily.upkeep import KEY, SUMS, ZONE_KEY, counted, summed
from crm.models import Company
from crm.models.days import start

BATCH_DAYS = 31
# Two rebuilds at once would both add what is missing.
REBUILD_KEY = "hashtextextended('analytics rebuild ' || %(company)s::text, 0)"

SPAN = """
SELECT least(attempt.first - interval '1 day', kept.first)::date,
       greatest(attempt.last + interval '1 day', kept.last)::date
FROM (
    SELECT min(occurred_at), max(occurred_at) FROM outreach_contactattempt
    WHERE company_id = %(company)s AND voided_at IS NULL
) AS attempt(first, last), (
    SELECT min(day), max(day) FROM analytics_dailysummary WHERE company_id = %(company)s
) AS kept(first, last)
"""

RECOUNT = (
    counted("outreach_contactattempt")
    + """
    AND attempt.company_id = %(company)s AND attempt.occurred_at >= %(since)s AND attempt.occurred_at < %(until)s"""
)
KEPT = f"""
    SELECT {KEY}, -attempts, -responses, -response_seconds FROM analytics_dailysummary
    WHERE company_id = %(company)s AND day >= %(first)s AND day < %(end)s"""

# A statement sees both a contact of another transaction and its part of the summary, or neither. What is missing in its
# snapshot is missing, whatever is written meanwhile, so it can be added without any lock.
DRIFT = summed(f"{RECOUNT} UNION ALL {KEPT}")
REPAIR = f"INSERT INTO analytics_dailysummary ({KEY}, {SUMS}) {DRIFT} RETURNING day"

# Parts that no transaction has locked are put together; a writer meanwhile opens another.
FOLD = f"""
WITH free AS (
    SELECT id FROM analytics_dailysummary
    WHERE company_id = %(company)s AND day >= %(first)s AND day < %(end)s
      AND ({KEY}) IN (
          SELECT {KEY} FROM analytics_dailysummary
          WHERE company_id = %(company)s AND day >= %(first)s AND day < %(end)s
          GROUP BY {KEY} HAVING count(*) > 1 OR sum(attempts) = 0)
    FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM analytics_dailysummary WHERE id IN (SELECT id FROM free) RETURNING {KEY}, {SUMS}
)
INSERT INTO analytics_dailysummary ({KEY}, {SUMS}) {summed("SELECT * FROM taken")}
"""


@dataclass(frozen=True)
class Batch:
    """A rebuilt month: its first day, and how many lines of it had drifted."""

    first: date
    drifted: int


def rebuild(company: Company) -> Iterator[Batch]:
    """Rebuild a company's summary month by month, a transaction each. No writer waits for it."""
    first, last = first_and_last_day(company)
    while first is not None and last is not None and first <= last:
        end = first + timedelta(days=BATCH_DAYS)
        yield Batch(first, rebuild_days(company, first, end))
        first = end


class FirstAndLast(NamedTuple):
    """The days between which the summary is to be rebuilt; both None for a company without contacts."""

    first: date | None
    last: date | None


def first_and_last_day(company: Company) -> FirstAndLast:
    """The first and the last day with an attempt or a line of the summary, or a day more at either end."""
    with connection.cursor() as cursor:
        cursor.execute(SPAN, {"company": company.id})
        return FirstAndLast(*cursor.fetchone())


def rebuild_days(company: Company, first: date, end: date) -> int:
    """Recount the days from first until before end; return how many lines had drifted."""
    params: dict[str, UUID | date | datetime] = {"company": company.id, "first": first, "end": end}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(f"SELECT pg_advisory_xact_lock({REBUILD_KEY})", params)
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({ZONE_KEY.format(company='%(company)s')})", params)
        cursor.execute("SELECT time_zone FROM crm_company WHERE id = %(company)s", params)
        (time_zone,) = cursor.fetchone()
        zone = ZoneInfo(time_zone)
        cursor.execute(REPAIR, {**params, "since": start(first, zone), "until": start(end, zone)})
        drifted: int = cursor.rowcount
        cursor.execute(FOLD, params)
    return drifted


def rebuild_all(company_id: UUID | None = None) -> int:
    """Rebuild one company's summary or everybody's; return how many lines had drifted."""
    companies = Company.objects.filter(pk=company_id) if company_id else Company.objects.all()
    return sum(batch.drifted for company in companies for batch in rebuild(company))
