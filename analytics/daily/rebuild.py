"""Building the daily summary anew, a month at a time, while everybody goes on logging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from analytics.daily.days import start
from analytics.daily.upkeep import KEY, SUMS, ZONE_KEY, counted, summed
from crm.models import Company

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

# One statement sees of every other transaction both a contact and its part of the summary, or neither. What is missing
# in its snapshot is missing, whatever is being written meanwhile, so it can be added without any lock.
DRIFT = summed(f"{RECOUNT} UNION ALL {KEPT}")
REPAIR = f"INSERT INTO analytics_dailysummary ({KEY}, {SUMS}) {DRIFT} RETURNING day"

# Parts that nobody holds are put together; a writer who comes meanwhile opens another.
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
    """What became of one month: its first day, and how many lines had drifted."""

    first: date
    drifted: int


def rebuild(company: Company) -> Iterator[Batch]:
    """Rebuild a company's summary month by month, a transaction each. Nobody who logs waits for it."""
    span = find_span(company)
    first = span[0] if span else None
    while first is not None and first <= span[1]:
        end = first + timedelta(days=BATCH_DAYS)
        yield Batch(first, rebuild_days(company, first, end))
        first = end


def find_span(company: Company) -> tuple[date, date] | None:
    """The first and the last day there is anything on, or a day more; None where there is nothing."""
    with connection.cursor() as cursor:
        cursor.execute(SPAN, {"company": company.id})
        first, last = cursor.fetchone()
    return (first, last) if first else None


def rebuild_days(company: Company, first: date, end: date) -> int:
    """Recount the days from first until before end; return how many lines had drifted."""
    asked = {"company": company.id, "first": first, "end": end}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(f"SELECT pg_advisory_xact_lock({REBUILD_KEY})", asked)
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({ZONE_KEY.format(company='%(company)s')})", asked)
        cursor.execute("SELECT time_zone FROM crm_company WHERE id = %(company)s", asked)
        zone = ZoneInfo(cursor.fetchone()[0])
        cursor.execute(REPAIR, {**asked, "since": start(first, zone), "until": start(end, zone)})
        drifted = cursor.rowcount
        cursor.execute(FOLD, asked)
    return drifted


def rebuild_all(company_id=None) -> int:
    """Rebuild one company's summary or everybody's; return how many lines had drifted."""
    companies = Company.objects.filter(pk=company_id) if company_id else Company.objects.all()
    return sum(batch.drifted for company in companies for batch in rebuild(company))
