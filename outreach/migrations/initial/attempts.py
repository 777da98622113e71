"""Contact attempts and the trail of their changes: append-only in the database itself."""

from __future__ import annotations

from django.core.validators import MaxLengthValidator
from django.db import migrations, models
from django.db.models import DO_NOTHING, PROTECT, SET_NULL, F, Q
from django.utils import timezone

from crm.models.ids import new_id
from crm.postgres.keys import company_key
from crm.text import CleanCharField, CleanTextField
from outreach.migrations.initial.triggers import NEW_AUTHOR, changed, note, refuse
from outreach.migrations.initial.words import DIRECTION_CHOICES, DIRECTIONS, METHOD_CHOICES, METHODS, USER

# An attempt is a fact: these never change.
FIXED = [
    "body", "company_id", "created_at", "direction", "external_id", "id", "idempotency_key", "in_reply_to_id",
    "lead_id", "lead_version", "metadata", "method", "occurred_at", "request_digest", "subject", "user_name",
]  # fmt: skip
# Its answer and its void may, and each change of them is kept in the event table.
NOTED = [
    "changed_by_id", "id", "responded", "response_at", "response_recorded_at", "void_reason", "voided_at",
    "voided_by_id", "voided_by_name",
]  # fmt: skip

OPERATIONS = [
    migrations.CreateModel(
        "ContactAttempt",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("user_name", models.CharField(max_length=301)),
            ("method", models.CharField(max_length=10, choices=METHOD_CHOICES)),
            ("direction", models.CharField(max_length=10, choices=DIRECTION_CHOICES)),
            ("subject", CleanCharField(max_length=500, blank=True)),
            ("body", CleanTextField(blank=True, validators=[MaxLengthValidator(50_000)])),
            ("metadata", models.JSONField(default=dict, blank=True)),
            ("responded", models.BooleanField(default=False)),
            ("response_at", models.DateTimeField(null=True, blank=True)),
            ("response_recorded_at", models.DateTimeField(null=True, editable=False)),
            ("occurred_at", models.DateTimeField(default=timezone.now)),
            ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
            ("lead_version", models.PositiveBigIntegerField(default=0, editable=False)),
            ("external_id", CleanCharField(max_length=200, blank=True)),
            ("idempotency_key", models.CharField(max_length=200, blank=True, editable=False)),
            ("request_digest", models.CharField(max_length=64, blank=True, editable=False)),
            ("voided_at", models.DateTimeField(null=True, editable=False)),
            ("voided_by_name", models.CharField(max_length=301, blank=True, editable=False)),
            ("void_reason", CleanCharField(max_length=500, blank=True, editable=False)),
            (
                "changed_by",
                models.ForeignKey(
                    USER, SET_NULL, null=True, db_constraint=False, db_index=False, editable=False, related_name="+"
                ),
            ),
            ("company", models.ForeignKey("crm.company", PROTECT, db_index=False, related_name="+")),
            (
                "in_reply_to",
                models.ForeignKey(
                    "outreach.contactattempt",
                    PROTECT,
                    null=True,
                    blank=True,
                    db_constraint=False,
                    db_index=False,
                    related_name="answers",
                ),
            ),
            (
                "lead",
                models.ForeignKey("leads.lead", PROTECT, db_constraint=False, db_index=False, related_name="attempts"),
            ),
            (
                "user",
                models.ForeignKey(USER, SET_NULL, null=True, db_constraint=False, db_index=False, related_name="+"),
            ),
            (
                "voided_by",
                models.ForeignKey(
                    USER, SET_NULL, null=True, db_constraint=False, db_index=False, editable=False, related_name="+"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["company", "id"], name="attempt_company_id"),
                models.CheckConstraint(condition=Q(method__in=METHODS), name="attempt_method_known"),
                models.CheckConstraint(condition=Q(direction__in=DIRECTIONS), name="attempt_direction_known"),
                models.CheckConstraint(
                    condition=Q(responded=True, response_at__isnull=False)
                    | Q(responded=False, response_at__isnull=True),
                    name="attempt_responded_has_a_time",
                ),
                models.CheckConstraint(
                    condition=Q(response_at__isnull=True) | Q(response_at__gte=F("occurred_at")),
                    name="attempt_response_not_before_contact",
                ),
                models.CheckConstraint(
                    condition=Q(responded=False) | Q(direction="outbound"),
                    name="attempt_response_is_to_outbound",
                ),
                models.CheckConstraint(
                    condition=Q(voided_at__isnull=True, void_reason="")
                    | Q(voided_at__isnull=False) & ~Q(void_reason=""),
                    name="attempt_void_has_a_reason",
                ),
                models.CheckConstraint(
                    condition=Q(in_reply_to__isnull=True) | Q(direction="inbound"),
                    name="attempt_reply_is_inbound",
                ),
                # A retried request finds the attempt its first try wrote.
                models.UniqueConstraint(
                    fields=["user", "idempotency_key"],
                    condition=~Q(idempotency_key=""),
                    name="attempt_idempotency_key",
                ),
                # A message id is recorded once per company and method.
                models.UniqueConstraint(
                    fields=["company", "method", "external_id"],
                    condition=~Q(external_id=""),
                    name="attempt_external_id",
                ),
            ],
            # No index of (company), (company, user) or (company, method): no query used them beside these, and
            # each one slows every insert.
            "indexes": [
                # The timeline, newest first, by keyset.
                models.Index(F("lead"), F("occurred_at").desc(), F("id").desc(), name="attempt_timeline"),
                # The guard: newest counted contact of a lead by method and direction, however long its history.
                models.Index(
                    F("lead"),
                    F("method"),
                    F("direction"),
                    F("occurred_at").desc(),
                    condition=Q(voided_at__isnull=True),
                    name="attempt_guard",
                ),
                # What was voided, few as it is: a long history is counted by these two alone, without being read.
                models.Index(
                    F("lead"),
                    F("method"),
                    condition=Q(voided_at__isnull=False),
                    name="attempt_voided",
                ),
                # The guard and the summary: the newest answer of a lead.
                models.Index(
                    F("lead"),
                    F("response_at").desc(),
                    condition=Q(responded=True, voided_at__isnull=True),
                    name="attempt_answer",
                ),
                # One rep's contacts over time.
                models.Index(F("user"), F("occurred_at").desc(), name="attempt_rep"),
                # The company's numbers over time that no summary has (persons, medians), from the index alone.
                models.Index(
                    fields=["company", "occurred_at"],
                    condition=Q(voided_at__isnull=True),
                    name="attempt_numbers",
                    include=["id", "lead", "method", "direction", "responded", "response_at", "user"],
                ),
                # Which inbound answers an attempt, also asked by the foreign key.
                models.Index(
                    fields=["in_reply_to"], condition=Q(in_reply_to__isnull=False), name="attempt_in_reply_to"
                ),
            ],
        },
    ),
    company_key("outreach_contactattempt", "lead_id", "leads_lead"),
    company_key("outreach_contactattempt", "user_id", "crm_user", on_delete="SET NULL"),
    company_key("outreach_contactattempt", "voided_by_id", "crm_user", on_delete="SET NULL"),
    company_key("outreach_contactattempt", "changed_by_id", "crm_user", on_delete="SET NULL"),
    company_key("outreach_contactattempt", "in_reply_to_id", "outreach_contactattempt"),
    # The company's numbers are read from an index alone, which wants a fresh visibility map.
    migrations.RunSQL(
        "ALTER TABLE outreach_contactattempt SET (autovacuum_vacuum_insert_scale_factor = 0.02)",
        "ALTER TABLE outreach_contactattempt RESET (autovacuum_vacuum_insert_scale_factor)",
    ),
    refuse("ContactAttempt", "no_delete", "DELETE", pgid="2f553", hash="ec5c952ee8645712b5b01fca1ce252407b241f1d"),
    refuse("ContactAttempt", "no_truncate", "TRUNCATE", pgid="1f5d0", hash="27011dcc36a6daf9db7d24079b64be6010ada551"),
    refuse(
        "ContactAttempt",
        "append_only",
        "UPDATE",
        when=changed(FIXED),
        pgid="33d0b",
        hash="045e6caf5b4e0bdb3c18ebce9763a772869b12cb",
    ),
    refuse(
        "ContactAttempt",
        "author_stays",
        "UPDATE",
        when=NEW_AUTHOR,
        pgid="5819c",
        hash="bae34a42d8c498eae77cbc4841a7df90a8a466b4",
    ),
    note("ContactAttempt", "before", NOTED, pgid="f71f4", hash="f550e5fe26a5920c838389fd3f09474b3fa2b3d1"),
    note("ContactAttempt", "after", NOTED, pgid="ecaa6", hash="bcf496475a4261278459040a4dae0be6996357e3"),
    migrations.CreateModel(
        "ContactAttemptEvent",
        [
            ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
            ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
            ("pgh_label", models.TextField(help_text="The event label.")),
            ("id", models.UUIDField(default=new_id, editable=False, serialize=False)),
            ("responded", models.BooleanField(default=False)),
            ("response_at", models.DateTimeField(null=True, blank=True)),
            ("response_recorded_at", models.DateTimeField(null=True, editable=False)),
            ("voided_at", models.DateTimeField(null=True, editable=False)),
            ("voided_by_name", models.CharField(max_length=301, blank=True, editable=False)),
            ("void_reason", CleanCharField(max_length=500, blank=True, editable=False)),
            (
                "changed_by",
                models.ForeignKey(
                    USER,
                    DO_NOTHING,
                    null=True,
                    db_constraint=False,
                    editable=False,
                    related_name="+",
                    related_query_name="+",
                ),
            ),
            (
                "pgh_obj",
                models.ForeignKey("outreach.contactattempt", DO_NOTHING, db_constraint=False, related_name="events"),
            ),
            (
                "voided_by",
                models.ForeignKey(
                    USER,
                    DO_NOTHING,
                    null=True,
                    db_constraint=False,
                    editable=False,
                    related_name="+",
                    related_query_name="+",
                ),
            ),
        ],
    ),
    refuse(
        "ContactAttemptEvent",
        "append_only",
        "UPDATE OR DELETE",
        pgid="84e4c",
        hash="fe34350be0d52df21dab2538e4b3e78d563f0dfd",
    ),
    refuse(
        "ContactAttemptEvent", "no_truncate", "TRUNCATE", pgid="08c72", hash="8986d96eec6df0e92b9ebd75ceeba972d9a0fc87"
    ),
]
