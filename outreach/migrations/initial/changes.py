"""The change feed: triggers note what happens, whatever code did it, in the transaction of what happened."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import DO_NOTHING, PROTECT
from django.utils import timezone

from crm.postgres.keys import company_key
from outreach.migrations.initial.words import EVENT_CHOICES, USER

NOTE = "INSERT INTO outreach_change (company_id, xid, event, lead_id, attempt_id, decision_id, user_id, at) VALUES"
XID = "pg_current_xact_id()::text::bigint"

ATTEMPT = f"""
CREATE FUNCTION outreach_note_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {NOTE} (NEW.company_id, {XID}, 'lead:contacted', NEW.lead_id, NEW.id, NULL, NEW.user_id, clock_timestamp());
    ELSIF NEW.voided_at IS DISTINCT FROM OLD.voided_at THEN
        {NOTE} (NEW.company_id, {XID}, 'lead:changed', NEW.lead_id, NEW.id, NULL, NEW.changed_by_id, clock_timestamp());
    ELSE
        {NOTE} (NEW.company_id, {XID}, 'lead:responded', NEW.lead_id, NEW.id, NULL, NEW.changed_by_id,
                clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER outreach_note_insert AFTER INSERT ON outreach_contactattempt
    FOR EACH ROW EXECUTE FUNCTION outreach_note_attempt();
CREATE TRIGGER outreach_note_update AFTER UPDATE OF responded, response_at, voided_at ON outreach_contactattempt
    FOR EACH ROW WHEN ((OLD.responded, OLD.response_at, OLD.voided_at)
                       IS DISTINCT FROM (NEW.responded, NEW.response_at, NEW.voided_at))
    EXECUTE FUNCTION outreach_note_attempt();
"""
UNDO_ATTEMPT = """
DROP TRIGGER outreach_note_insert ON outreach_contactattempt;
DROP TRIGGER outreach_note_update ON outreach_contactattempt;
DROP FUNCTION outreach_note_attempt();
"""

# One contact may have broken several rules: it went ahead once.
DECISION = f"""
CREATE FUNCTION outreach_note_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outreach_change (company_id, xid, event, lead_id, attempt_id, decision_id, user_id, at)
    SELECT DISTINCT ON (attempt_id) company_id, {XID}, 'guard:override', lead_id, attempt_id, id, user_id,
           clock_timestamp()
    FROM added WHERE attempt_id IS NOT NULL ORDER BY attempt_id, id;
    RETURN NULL;
END $$;
CREATE TRIGGER outreach_note_decisions AFTER INSERT ON outreach_guarddecision
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION outreach_note_decisions();
"""
UNDO_DECISION = """
DROP TRIGGER outreach_note_decisions ON outreach_guarddecision;
DROP FUNCTION outreach_note_decisions();
"""

# What people enter about a lead. Its summary, version and status follow from contacts, which are noted themselves.
LEAD_FIELDS = [
    "first_name", "last_name", "job_title", "organization", "website", "industry", "source", "owner_id", "notes",
    "status_set", "do_not_contact", "do_not_contact_methods", "do_not_contact_reason", "deleted_at",
]  # fmt: skip
LEAD = f"""
CREATE FUNCTION outreach_note_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {NOTE} (NEW.company_id, {XID}, 'lead:changed', NEW.id, NULL, NULL, NULL, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER outreach_note_new_lead AFTER INSERT ON leads_lead
    FOR EACH ROW EXECUTE FUNCTION outreach_note_lead();
CREATE TRIGGER outreach_note_lead AFTER UPDATE OF {", ".join(LEAD_FIELDS)} ON leads_lead
    FOR EACH ROW WHEN (({", ".join(f"OLD.{name}" for name in LEAD_FIELDS)})
                       IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in LEAD_FIELDS)}))
    EXECUTE FUNCTION outreach_note_lead();
"""
UNDO_LEAD = """
DROP TRIGGER outreach_note_new_lead ON leads_lead;
DROP TRIGGER outreach_note_lead ON leads_lead;
DROP FUNCTION outreach_note_lead();
"""

OPERATIONS = [
    migrations.CreateModel(
        "Change",
        [
            ("id", models.BigAutoField(primary_key=True, auto_created=True, serialize=False, verbose_name="ID")),
            ("xid", models.BigIntegerField()),
            ("event", models.CharField(max_length=20, choices=EVENT_CHOICES)),
            ("at", models.DateTimeField(default=timezone.now)),
            (
                "attempt",
                models.ForeignKey(
                    "outreach.contactattempt", PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
                ),
            ),
            (
                "company",
                models.ForeignKey("crm.company", PROTECT, db_constraint=False, db_index=False, related_name="+"),
            ),
            (
                "decision",
                models.ForeignKey(
                    "outreach.guarddecision", PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
                ),
            ),
            ("lead", models.ForeignKey("leads.lead", PROTECT, db_constraint=False, db_index=False, related_name="+")),
            (
                "user",
                models.ForeignKey(USER, DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"),
            ),
        ],
        options={
            "ordering": ["xid", "id"],
            "indexes": [
                # What comes after a place in one company's feed.
                models.Index(fields=["company", "xid", "id"], name="change_feed"),
            ],
        },
    ),
    company_key("outreach_change", "lead_id", "leads_lead"),
    migrations.RunSQL(ATTEMPT, UNDO_ATTEMPT),
    migrations.RunSQL(DECISION, UNDO_DECISION),
    migrations.RunSQL(LEAD, UNDO_LEAD),
]
