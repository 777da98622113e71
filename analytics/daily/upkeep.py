"""How the daily summary follows from the attempts: triggers that add each statement's changes, and a recount.

Triggers and no signal: bulk inserts, imports, COPY and raw SQL count as well, and a contact costs no query more. They
fire once for each statement, so an import of 1,000 rows adds its sums, not 1,000 times one.

No writer ever waits for another. Each takes any part of its day that no other has locked (SKIP LOCKED) and opens a new
part when all are locked, so there are at most as many parts as writers at once, and no order of locks that could
deadlock. With one row for each key 16 writers of a company logged half as many contacts.

Only a change of the company's time zone, which moves contacts to other days, makes that company's writers wait.
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


def trigger(event: str) -> str:
    """The trigger that adds what a statement of this kind changed to the summary, in the same transaction."""
    old, new = event != "INSERT", event != "DELETE"
    name = f"analytics_on_{event.lower()}"
    tables = ("OLD TABLE AS removed " if old else "") + ("NEW TABLE AS added" if new else "")
    sources = [counted("added")] * new + [counted("removed", -1)] * old
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change record;
    part bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared({ZONE_KEY.format(company="company_id")})
    FROM (SELECT DISTINCT company_id FROM {"added" if new else "removed"} ORDER BY company_id) AS touched;
    FOR change IN {summed(" UNION ALL ".join(sources))} LOOP
        SELECT id INTO part FROM analytics_dailysummary
        WHERE company_id = change.company_id AND day = change.day AND rep = change.rep
          AND method = change.method AND direction = change.direction
        LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE analytics_dailysummary SET attempts = attempts + change.attempts,
                   responses = responses + change.responses,
                   response_seconds = response_seconds + change.response_seconds
            WHERE id = part;
        ELSE
            INSERT INTO analytics_dailysummary ({KEY}, {SUMS})
            VALUES (change.company_id, change.day, change.rep, change.method, change.direction,
                    change.attempts, change.responses, change.response_seconds);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON outreach_contactattempt
REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


# The days of all of the company's contacts change with its zone. Its writers wait for this recount.
ON_TIME_ZONE = f"""
CREATE FUNCTION analytics_on_time_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({ZONE_KEY.format(company="NEW.id")});
    DELETE FROM analytics_dailysummary WHERE company_id = NEW.id;
    INSERT INTO analytics_dailysummary ({KEY}, {SUMS})
    {summed(counted("outreach_contactattempt") + " AND attempt.company_id = NEW.id")};
    RETURN NULL;
END $$;
CREATE TRIGGER analytics_on_time_zone AFTER UPDATE OF time_zone ON crm_company
FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION analytics_on_time_zone();
"""

EVENTS = ["INSERT", "UPDATE", "DELETE"]
CREATE = "".join(map(trigger, EVENTS)) + ON_TIME_ZONE
DROP = "DROP FUNCTION analytics_on_time_zone() CASCADE;" + "".join(
    f"DROP FUNCTION analytics_on_{event.lower()}() CASCADE;" for event in EVENTS
)
