"""How the daily summary follows from the attempts: triggers that add each statement's changes, and a recount.

Triggers and no signal: bulk inserts, imports, COPY and raw SQL count as well, and a contact costs no query more. They
fire once for each statement, so an import of 1,000 rows adds its sums, not 1,000 times one.

No writer ever waits for another. Each takes any part of its day that no other has locked (SKIP LOCKED) and opens a new
part when all are locked, so there are at most as many parts as writers at once, and no order of locks that could
deadlock. With one row for each key 16 writers of a company logged half as many contacts.

Only a change of the company's time zone, which moves contacts to other days, makes that company's writers wait.

The triggers themselves are in analytics/migrations/0001_squashed_0003_filled.py; here is what the recount counts by.
"""

from __future__ import annotations

# Writers share this lock, a change of time zone has it alone: later writers read the new zone, and the contacts of
# earlier ones are all counted.
ZONE_KEY = "hashtextextended('analytics zone ' || {company}::text, 0)"

KEY = "company_id, day, rep, method, direction"
SUMS = "attempts, responses, response_seconds"
NOT_NOTHING = "sum(attempts) <> 0 OR sum(responses) <> 0 OR sum(response_seconds) <> 0"


def counted(source: str, sign: int = 1) -> str:
    """A SELECT of one line for each live attempt of this source, with its key and what it adds to the sums."""
    return f"""
        SELECT attempt.company_id, (attempt.occurred_at AT TIME ZONE company.time_zone)::date AS day,
               COALESCE(attempt.user_id, '00000000-0000-0000-0000-000000000000') AS rep, attempt.method,
               attempt.direction, {sign} AS attempts, {sign} * attempt.responded::int AS responses,
               {sign} * COALESCE(extract(epoch FROM attempt.response_at - attempt.occurred_at), 0) AS response_seconds
        FROM {source} AS attempt JOIN crm_company AS company ON company.id = attempt.company_id
        WHERE attempt.voided_at IS NULL"""


def summed(lines: str) -> str:
    """Such lines added up: one for each key whose sums are not all zero."""
    return f"""
        SELECT {KEY}, sum(attempts) AS attempts, sum(responses) AS responses, sum(response_seconds) AS response_seconds
        FROM ({lines}) AS line
        GROUP BY {KEY} HAVING {NOT_NOTHING}"""
