"""Outgoing webhooks: where a company wants to be told, and what is still to be said or was said there."""

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
# What a webhook may be told of. A test is sent on demand, whatever was chosen.
WEBHOOK_EVENTS = [ChangeEvent.CONTACTED, ChangeEvent.RESPONDED, ChangeEvent.OVERRIDE]
TEST_EVENT = "webhook:test"


class Webhook(models.Model):
    """An address of another tool that hears of a company's events, signed with a secret the two of them share."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    url = CleanCharField(max_length=URL_MAX)
    events = ArrayField(models.CharField(max_length=20, choices=ChangeEvent))
    # The secret is made of this and the server's own key, so that the database alone signs nothing.
    seed = models.CharField(max_length=32, editable=False)
    # How the secret begins: its receiver knows it again, and we see when the server's key has changed.
    hint = models.CharField(max_length=20, editable=False)
    active = models.BooleanField(default=True)
    # Everything in the company's feed up to this place is in the outbox, as far as it was chosen.
    read_xid = models.BigIntegerField(editable=False)
    read_id = models.BigIntegerField(editable=False)
    # A worker that sends for this webhook has it to itself until then, or until it says otherwise.
    taken_until = models.DateTimeField(default=timezone.now, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    # Set when it was switched off because nobody took anything for days.
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
        return self.url


class DeliveryQuerySet(TenantQuerySet):
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
    # The row of the feed it tells of; a test tells of none.
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
            # A backstop: reading a place of the feed twice fails instead of telling twice.
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
