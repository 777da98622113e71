"""Reminders, notes between reps, and what a rep who moves to another company leaves behind."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import CASCADE, PROTECT, SET_NULL, F, Q
from django.utils import timezone

from crm.models.ids import new_id
from crm.postgres.keys import company_key
from crm.text import CleanCharField
from outreach.migrations.initial.words import METHOD_CHOICES, METHODS, USER

# Whoever moves to another company leaves the pages and drafts of this one, so that nothing there names them.
LEAVE_COMPANY = """
CREATE FUNCTION outreach_leave_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM outreach_presence WHERE user_id = OLD.id;
    DELETE FROM outreach_claim WHERE user_id = OLD.id;
    DELETE FROM outreach_reminder WHERE user_id = OLD.id;
    RETURN NEW;
END $$;
CREATE TRIGGER outreach_leave_company BEFORE UPDATE OF company_id ON crm_user
    FOR EACH ROW WHEN (OLD.company_id IS DISTINCT FROM NEW.company_id) EXECUTE FUNCTION outreach_leave_company();
"""
UNDO_LEAVE_COMPANY = "DROP TRIGGER outreach_leave_company ON crm_user; DROP FUNCTION outreach_leave_company();"

OPERATIONS = [
    migrations.CreateModel(
        "Reminder",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("method", models.CharField(max_length=10, choices=METHOD_CHOICES)),
            ("due_at", models.DateTimeField()),
            ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
            ("done_at", models.DateTimeField(null=True, editable=False)),
            ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
            ("lead", models.ForeignKey("leads.lead", CASCADE, db_constraint=False, related_name="reminders")),
            ("user", models.ForeignKey(USER, CASCADE, db_constraint=False, db_index=False, related_name="reminders")),
        ],
        options={
            "constraints": [
                models.CheckConstraint(condition=Q(method__in=METHODS), name="reminder_method_known"),
                # Asked for again it only moves.
                models.UniqueConstraint(
                    fields=["user", "lead", "method"], condition=Q(done_at__isnull=True), name="reminder_once"
                ),
            ],
            "indexes": [
                # What is due for a rep.
                models.Index(fields=["user", "due_at"], condition=Q(done_at__isnull=True), name="reminder_due"),
            ],
        },
    ),
    company_key("outreach_reminder", "lead_id", "leads_lead", on_delete="CASCADE"),
    company_key("outreach_reminder", "user_id", "crm_user", on_delete="CASCADE"),
    migrations.CreateModel(
        "ColleagueNote",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("user_name", models.CharField(max_length=301)),
            ("recipient_name", models.CharField(max_length=301)),
            ("text", CleanCharField(max_length=1000)),
            ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
            ("read_at", models.DateTimeField(null=True, editable=False)),
            (
                "attempt",
                models.ForeignKey(
                    "outreach.contactattempt", PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
                ),
            ),
            ("company", models.ForeignKey("crm.company", PROTECT, db_index=False, related_name="+")),
            (
                "in_reply_to",
                models.ForeignKey(
                    "outreach.colleaguenote",
                    PROTECT,
                    null=True,
                    db_constraint=False,
                    db_index=False,
                    related_name="answers",
                ),
            ),
            ("lead", models.ForeignKey("leads.lead", PROTECT, db_constraint=False, related_name="notes_between")),
            (
                "recipient",
                models.ForeignKey(USER, SET_NULL, null=True, db_constraint=False, db_index=False, related_name="+"),
            ),
            (
                "user",
                models.ForeignKey(USER, SET_NULL, null=True, db_constraint=False, db_index=False, related_name="+"),
            ),
        ],
        options={
            "constraints": [
                # What the composite foreign key of answers points at.
                models.UniqueConstraint(fields=["company", "id"], name="note_company_id"),
            ],
            "indexes": [
                # What a rep has not read yet.
                models.Index(
                    F("recipient"), F("created_at").desc(), condition=Q(read_at__isnull=True), name="note_unread"
                ),
            ],
        },
    ),
    company_key("outreach_colleaguenote", "lead_id", "leads_lead"),
    company_key("outreach_colleaguenote", "user_id", "crm_user", on_delete="SET NULL"),
    company_key("outreach_colleaguenote", "recipient_id", "crm_user", on_delete="SET NULL"),
    company_key("outreach_colleaguenote", "attempt_id", "outreach_contactattempt"),
    company_key("outreach_colleaguenote", "in_reply_to_id", "outreach_colleaguenote"),
    migrations.RunSQL(LEAVE_COMPANY, UNDO_LEAVE_COMPANY),
]
