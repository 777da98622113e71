"""What the guard refused or let pass, for what reason, and how often each rule was shown."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import CASCADE, PROTECT, SET_NULL, F, Q
from django.utils import timezone

from crm.models.ids import new_id
from crm.postgres.keys import company_key
from crm.text import CleanCharField
from outreach.migrations.initial.triggers import NEW_AUTHOR, changed, refuse
from outreach.migrations.initial.words import METHOD_CHOICES, RULE_CHOICES, RULES, USER

# A decision is a fact: these never change. Its review may.
FIXED = [
    "allowed_from", "attempt_id", "company_id", "created_at", "earlier_attempt_id", "id", "kind", "lead_id",
    "likeness", "method", "reason", "rule", "sentence", "user_name",
]  # fmt: skip

OPERATIONS = [
    migrations.CreateModel(
        "GuardDecision",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("user_name", models.CharField(max_length=301)),
            (
                "kind",
                models.CharField(
                    max_length=10,
                    choices=[("refused", "Refused"), ("overridden", "Overridden"), ("collision", "Collision")],
                ),
            ),
            ("rule", models.CharField(max_length=20, choices=RULE_CHOICES)),
            ("method", models.CharField(max_length=10, choices=METHOD_CHOICES)),
            ("sentence", models.CharField(max_length=1000)),
            ("reason", CleanCharField(max_length=700, blank=True)),
            ("allowed_from", models.DateTimeField(null=True)),
            ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
            (
                "attempt",
                models.ForeignKey(
                    "outreach.contactattempt",
                    PROTECT,
                    null=True,
                    db_constraint=False,
                    db_index=False,
                    related_name="decisions",
                ),
            ),
            ("company", models.ForeignKey("crm.company", PROTECT, db_index=False, related_name="+")),
            (
                "earlier_attempt",
                models.ForeignKey(
                    "outreach.contactattempt", PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
                ),
            ),
            (
                "lead",
                models.ForeignKey("leads.lead", PROTECT, db_constraint=False, db_index=False, related_name="decisions"),
            ),
            (
                "user",
                models.ForeignKey(USER, SET_NULL, null=True, db_constraint=False, db_index=False, related_name="+"),
            ),
            ("likeness", models.PositiveSmallIntegerField(null=True)),
            (
                "review",
                models.CharField(
                    max_length=10,
                    choices=[("fine", "Accepted"), ("talk", "Not acceptable")],
                    blank=True,
                    editable=False,
                ),
            ),
            ("review_note", CleanCharField(max_length=500, blank=True, editable=False)),
            ("reviewed_at", models.DateTimeField(null=True, editable=False)),
            (
                "reviewed_by",
                models.ForeignKey(
                    USER, SET_NULL, null=True, db_constraint=False, db_index=False, editable=False, related_name="+"
                ),
            ),
            ("reviewed_by_name", models.CharField(max_length=301, blank=True, editable=False)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(kind__in=["refused", "overridden", "collision"]), name="decision_kind_known"
                ),
                models.CheckConstraint(condition=Q(rule__in=RULES), name="decision_rule_known"),
                models.CheckConstraint(
                    condition=Q(kind="refused", attempt__isnull=True) | ~Q(kind="refused") & Q(attempt__isnull=False),
                    name="decision_only_a_refusal_has_no_attempt",
                ),
                models.CheckConstraint(condition=Q(kind="refused") | ~Q(reason=""), name="decision_has_a_reason"),
                # A claim is held by a colleague who has not written yet.
                models.CheckConstraint(
                    condition=~Q(kind="overridden") | Q(rule="claimed") | Q(earlier_attempt__isnull=False),
                    name="decision_override_has_an_earlier_attempt",
                ),
                models.CheckConstraint(
                    condition=Q(review="", reviewed_at__isnull=True)
                    | Q(review__in=["fine", "talk"], reviewed_at__isnull=False),
                    name="decision_review_has_a_time",
                ),
            ],
            "indexes": [
                # The company's decisions, newest first, for the staff list and the guard's own score.
                models.Index(F("company"), F("created_at").desc(), name="decision_company_time"),
                # The marks under a timeline entry.
                models.Index(fields=["attempt"], condition=Q(attempt__isnull=False), name="decision_attempt"),
                # The mark under the earlier entry: who wrote after it, against the guard.
                models.Index(
                    fields=["earlier_attempt"],
                    condition=Q(earlier_attempt__isnull=False, attempt__isnull=False),
                    name="decision_earlier",
                ),
                # A lead's decisions, also asked by its foreign key.
                models.Index(fields=["lead"], name="decision_lead"),
                # What a manager has yet to review.
                models.Index(
                    F("company"),
                    F("created_at").desc(),
                    condition=Q(review="") & ~Q(kind="refused"),
                    name="decision_to_review",
                ),
            ],
        },
    ),
    company_key("outreach_guarddecision", "lead_id", "leads_lead"),
    company_key("outreach_guarddecision", "user_id", "crm_user", on_delete="SET NULL"),
    company_key("outreach_guarddecision", "reviewed_by_id", "crm_user", on_delete="SET NULL"),
    company_key("outreach_guarddecision", "earlier_attempt_id", "outreach_contactattempt"),
    company_key("outreach_guarddecision", "attempt_id", "outreach_contactattempt"),
    refuse("GuardDecision", "no_delete", "DELETE", pgid="8a600", hash="8ff5700675dab06ece19ec6bff1c5c18ac047e43"),
    refuse("GuardDecision", "no_truncate", "TRUNCATE", pgid="5b7c0", hash="0c7cf2f59e297e8c0e5ebbbcd40e4f0074fbbf26"),
    refuse(
        "GuardDecision",
        "author_stays",
        "UPDATE",
        when=NEW_AUTHOR,
        pgid="578af",
        hash="8f6b7be884493088c3eddcadf1467e534aaab97b",
    ),
    refuse(
        "GuardDecision",
        "append_only",
        "UPDATE",
        when=changed(FIXED),
        pgid="ed56d",
        hash="5f7d7541270a18413a8e005f94311c33c52a59f7",
    ),
    migrations.CreateModel(
        "RuleShown",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("rule", models.CharField(max_length=20, choices=RULE_CHOICES)),
            ("day", models.DateField()),
            ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
            ("lead", models.ForeignKey("leads.lead", CASCADE, db_constraint=False, related_name="+")),
            ("user", models.ForeignKey(USER, CASCADE, db_constraint=False, db_index=False, related_name="+")),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["user", "lead", "rule", "day"], name="rule_shown_once_a_day"),
                models.CheckConstraint(condition=Q(rule__in=RULES), name="rule_shown_known"),
            ],
            "indexes": [
                # The score of each rule over a span of days.
                models.Index(fields=["company", "day", "rule"], name="rule_shown_score"),
            ],
        },
    ),
    company_key("outreach_ruleshown", "lead_id", "leads_lead", on_delete="CASCADE"),
    company_key("outreach_ruleshown", "user_id", "crm_user", on_delete="CASCADE"),
]
