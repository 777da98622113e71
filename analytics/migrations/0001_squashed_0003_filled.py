"""The daily summary, and the triggers that count each change of the attempts in the transaction of that change.

Why triggers, and why in parts: analytics/daily/upkeep.py.

It replaces the older files, which stay for the databases they made: where all of them ran Django takes this one for
done, where some ran it goes on with the others. They and `replaces` can go once every database has this file's name in
django_migrations; what depends on them then depends on it.
It depends on other apps by their old names, which Django reads as whichever of the two is in force.
"""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import CASCADE, Q

from analytics.daily.rebuild import rebuild

METHOD_CHOICES = [("email", "Email"), ("linkedin", "LinkedIn"), ("call", "Call"), ("sms", "SMS"), ("other", "Other")]
METHODS = [method for method, _ in METHOD_CHOICES]
DIRECTION_CHOICES = [("outbound", "Outbound"), ("inbound", "Inbound")]
DIRECTIONS = [direction for direction, _ in DIRECTION_CHOICES]

# Writers share it, a change of time zone has it alone: everybody after it reads the new zone, nobody before it is
# left uncounted.
ZONE_KEY = "hashtextextended('analytics zone ' || {company}::text, 0)"

KEY = "company_id, day, rep, method, direction"
SUMS = "attempts, responses, response_seconds"
NOT_ZERO = "sum(attempts) <> 0 OR sum(responses) <> 0 OR sum(response_seconds) <> 0"


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
    """Such lines as one for each key whose sums are not zero."""
    return f"""
        SELECT {KEY}, sum(attempts) AS attempts, sum(responses) AS responses, sum(response_seconds) AS response_seconds
        FROM ({lines}) AS line
        GROUP BY {KEY} HAVING {NOT_ZERO}"""


def trigger(event: str) -> str:
    """What a statement of this kind changed is added to the summary in the same transaction."""
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
DROP = "DROP FUNCTION analytics_on_time_zone() CASCADE;" + "".join(
    f"DROP FUNCTION analytics_on_{event.lower()}() CASCADE;" for event in EVENTS
)


def count_contacts(apps, schema_editor) -> None:
    for company in apps.get_model("crm", "Company").objects.all():
        for _ in rebuild(company):
            pass


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("analytics", "0001_initial"),
        ("analytics", "0002_kept_by_triggers"),
        ("analytics", "0003_filled"),
    ]
    dependencies = [("crm", "0003_api_keys"), ("outreach", "0013_attempt_voided")]

    operations = [
        migrations.CreateModel(
            "DailySummary",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("rep", models.UUIDField()),
                ("method", models.CharField(max_length=10, choices=METHOD_CHOICES)),
                ("direction", models.CharField(max_length=10, choices=DIRECTION_CHOICES)),
                ("attempts", models.IntegerField(default=0)),
                ("responses", models.IntegerField(default=0)),
                ("response_seconds", models.DecimalField(default=0, decimal_places=6, max_digits=24)),
                ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(method__in=METHODS), name="daily_method_known"),
                    models.CheckConstraint(condition=Q(direction__in=DIRECTIONS), name="daily_direction_known"),
                ],
                "indexes": [
                    # A span of days of a company, and the part that one more contact is added to.
                    models.Index(fields=["company", "day", "rep", "method", "direction"], name="daily_summary_key"),
                ],
            },
        ),
        # Its rows are updated all day, beside each other on their page.
        migrations.RunSQL("ALTER TABLE analytics_dailysummary SET (fillfactor = 70)", migrations.RunSQL.noop),
        migrations.RunSQL("".join(map(trigger, EVENTS)) + ON_TIME_ZONE, DROP),
        # A database from before the numbers has contacts already. A new one has no companies.
        migrations.RunPython(count_contacts, migrations.RunPython.noop),
    ]
