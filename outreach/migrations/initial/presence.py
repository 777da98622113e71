"""Who has a lead's page open, and who is writing to the person."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import CASCADE, Q
from django.utils import timezone

from crm.models.ids import new_id
from crm.postgres.keys import company_key
from outreach.migrations.initial.words import METHOD_CHOICES, METHODS, USER

OPERATIONS = [
    migrations.CreateModel(
        "Claim",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("user_name", models.CharField(max_length=301)),
            ("method", models.CharField(max_length=10, choices=METHOD_CHOICES)),
            ("started_at", models.DateTimeField(default=timezone.now)),
            ("expires_at", models.DateTimeField()),
            ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
            (
                "lead",
                models.ForeignKey("leads.lead", CASCADE, db_constraint=False, db_index=False, related_name="claims"),
            ),
            ("user", models.ForeignKey(USER, CASCADE, db_constraint=False, related_name="+")),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["lead", "user"], name="claim_once_per_rep"),
                models.CheckConstraint(condition=Q(method__in=METHODS), name="claim_method_known"),
            ],
            "indexes": [
                # Those that silence has freed, for their announcement.
                models.Index(fields=["expires_at"], name="claim_expiry"),
            ],
        },
    ),
    company_key("outreach_claim", "lead_id", "leads_lead", on_delete="CASCADE"),
    company_key("outreach_claim", "user_id", "crm_user", on_delete="CASCADE"),
    migrations.CreateModel(
        "Presence",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("seen_at", models.DateTimeField(default=timezone.now)),
            ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
            ("lead", models.ForeignKey("leads.lead", CASCADE, db_constraint=False, related_name="+")),
            ("user", models.ForeignKey(USER, CASCADE, db_constraint=False, related_name="+")),
        ],
        options={
            "indexes": [
                # Those whose process died without a word.
                models.Index(fields=["seen_at"], name="presence_seen"),
            ],
        },
    ),
    company_key("outreach_presence", "lead_id", "leads_lead", on_delete="CASCADE"),
    company_key("outreach_presence", "user_id", "crm_user", on_delete="CASCADE"),
]
