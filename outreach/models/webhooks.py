"""Outgoing webhooks: the addresses a company wants to be told at, and the messages sent or to be sent there."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from crm.models import Company, User
from crm.models.ids import new_id
from crm.models.tenancy import TenantQuerySet
from crm.postgres.clock import DatabaseClock
from crm.text import CleanCharField
from outreach.models.changes import ChangeEvent

URL_MAX = 500
ERROR_MAX = 200
# The events a webhook can be told of. A test is sent on demand, whichever were chosen.
WEBHOOK_EVENTS = [ChangeEvent.CONTACTED, ChangeEvent.RESPONDED, ChangeEvent.OVERRIDE]
TEST_EVENT = "webhook:test"


class Webhook(models.Model):
    """An address of another tool that is told of a company's events, signed with a secret that the two of us share."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    url = CleanCharField(max_length=URL_MAX)
    events = ArrayField(models.CharField(max_length=20, choices=ChangeEvent))
    # The secret is derived from this and the server's own key, so that the database alone cannot sign.
    seed = models.CharField(max_length=32, editable=False)
    # How the secret begins: people recognise it, and we see by it when the server's key has changed.
    hint = models.CharField(max_length=20, editable=False)
    active = models.BooleanField(default=True)
    # Of the company's feed up to this place, all chosen events are in the outbox.
    read_xid = models.BigIntegerField(editable=False)
    read_id = models.BigIntegerField(editable=False)
    # A worker has reserved this webhook until then.
    taken_until = models.DateTimeField(default=timezone.now, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    # Set when it was switched off because it had accepted nothing for days.
    switched_off_at = models.DateTimeField(null=True, editable=False)
    # The composite foreign key (company, user) in the database replaces the plain one.
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    created_by_name = models.CharField(max_length=301)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            # What the composite foreign key of deliveries points at. Also finds those of a company.
            models.UniqueConstraint(fields=["company", "id"], name="webhook_company_id"),
            models.CheckConstraint(
                condition=Q(events__len__gt=0, events__contained_by=[str(event) for event in WEBHOOK_EVENTS]),
                name="webhook_events_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.url)


class DeliveryQuerySet(TenantQuerySet["Delivery"]):
    def waiting(self) -> Self:
        """Neither delivered nor given up."""
        return self.filter(next_try_at__isnull=False)

    def due(self) -> Self:
        return self.filter(next_try_at__lte=DatabaseClock())

    def newest_first(self) -> Self:
        return self.order_by("-id")


class Delivery(models.Model):
    """One message to one webhook: in the outbox until it is delivered or given up, and from then on in the log."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The composite foreign key (company, webhook) in the database replaces the plain one.
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False, db_index=False
    )
    # The row of the feed it tells of; None for a test.
    change_id = models.BigIntegerField(null=True, editable=False)
    event = models.CharField(max_length=20)
    # The JSON as it is sent and signed, to the byte.
    payload = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, default=timezone.now)
    last_tried_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=ERROR_MAX, blank=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Should a place of the feed be read twice, the second message fails.
            models.UniqueConstraint(fields=["webhook", "change_id"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(next_try_at__isnull=False, delivered_at__isnull=True, given_up_at__isnull=True)
                | Q(next_try_at__isnull=True, delivered_at__isnull=False, given_up_at__isnull=True)
                | Q(next_try_at__isnull=True, delivered_at__isnull=True, given_up_at__isnull=False),
                name="delivery_waits_or_has_ended",
            ),
        ]
        indexes = [
            # What a webhook is still to be told, in the order in which it happened.
            models.Index(fields=["webhook", "id"], condition=Q(next_try_at__isnull=False), name="delivery_waiting"),
            # The log of a company.
            models.Index(F("company"), F("id").desc(), name="delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}"
