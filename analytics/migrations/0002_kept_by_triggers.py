"""From here on each change of the attempts is counted with it."""

from django.db import migrations

from analytics.daily.upkeep import KEY, SUMS, ZONE_KEY, counted, summed


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


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial"), ("outreach", "0007_leave_company"), ("crm", "0001_initial")]

    operations = [
        # Its rows are updated all day, beside each other on their page.
        migrations.RunSQL("ALTER TABLE analytics_dailysummary SET (fillfactor = 70)", migrations.RunSQL.noop),
        migrations.RunSQL(CREATE, DROP),
    ]
