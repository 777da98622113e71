"""Webhooks of a company, and what they are to be told."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import CASCADE, SET_NULL, F, Q
from django.utils import timezone

from crm.models.ids import new_id
from crm.postgres.keys import company_key
from crm.text import CleanCharField
from outreach.migrations.initial.words import EVENT_CHOICES, USER

OPERATIONS = [
    migrations.CreateModel(
        "Webhook",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("url", CleanCharField(max_length=500)),
            ("events", ArrayField(models.CharField(max_length=20, choices=EVENT_CHOICES))),
            ("seed", models.CharField(max_length=32, editable=False)),
            ("hint", models.CharField(max_length=20, editable=False)),
            ("active", models.BooleanField(default=True)),
            ("read_xid", models.BigIntegerField(editable=False)),
            ("read_id", models.BigIntegerField(editable=False)),
            ("taken_until", models.DateTimeField(default=timezone.now, editable=False)),
            ("failing_since", models.DateTimeField(null=True, editable=False)),
            ("switched_off_at", models.DateTimeField(null=True, editable=False)),
            ("created_by_name", models.CharField(max_length=301)),
            ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
            ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
            (
                "created_by",
                models.ForeignKey(USER, SET_NULL, null=True, db_constraint=False, db_index=False, related_name="+"),
            ),
        ],
        options={
            "ordering": ["created_at", "id"],
            "constraints": [
                # What the composite foreign key of deliveries points at. Also finds those of a company.
                models.UniqueConstraint(fields=["company", "id"], name="webhook_company_id"),
                models.CheckConstraint(
                    condition=Q(
                        events__len__gt=0, events__contained_by=["lead:contacted", "lead:responded", "guard:override"]
                    ),
                    name="webhook_events_known",
                ),
            ],
        },
    ),
    company_key("outreach_webhook", "created_by_id", "crm_user", on_delete="SET NULL"),
    migrations.CreateModel(
        "Delivery",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            ("change_id", models.BigIntegerField(null=True, editable=False)),
            ("event", models.CharField(max_length=20)),
            ("payload", models.TextField()),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("next_try_at", models.DateTimeField(default=timezone.now, null=True)),
            ("last_tried_at", models.DateTimeField(null=True)),
            ("last_status", models.PositiveSmallIntegerField(null=True)),
            ("last_error", models.CharField(max_length=200, blank=True)),
            ("delivered_at", models.DateTimeField(null=True)),
            ("given_up_at", models.DateTimeField(null=True)),
            ("created_at", models.DateTimeField(default=timezone.now)),
            ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
            (
                "webhook",
                models.ForeignKey(
                    "outreach.webhook", CASCADE, db_constraint=False, db_index=False, related_name="deliveries"
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "constraints": [
                # A backstop: reading a place of the feed twice fails instead of telling twice.
                models.UniqueConstraint(fields=["webhook", "change_id"], name="delivery_once"),
                models.CheckConstraint(
                    condition=Q(next_try_at__isnull=False, delivered_at__isnull=True, given_up_at__isnull=True)
                    | Q(next_try_at__isnull=True, delivered_at__isnull=False, given_up_at__isnull=True)
                    | Q(next_try_at__isnull=True, delivered_at__isnull=True, given_up_at__isnull=False),
                    name="delivery_waits_or_has_ended",
                ),
            ],
            "indexes": [
                # What a webhook is still to be told, in the order in which it happened.
                models.Index(fields=["webhook", "id"], condition=Q(next_try_at__isnull=False), name="delivery_waiting"),
                # The log of a company.
                models.Index(F("company"), F("id").desc(), name="delivery_log"),
            ],
        },
    ),
    company_key("outreach_delivery", "webhook_id", "outreach_webhook", on_delete="CASCADE"),
]
