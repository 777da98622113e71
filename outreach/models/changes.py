"""The change feed: what has happened, in an order that readers can follow, recorded by the database itself."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from crm.models import Company, User
from leads.models import Lead
from outreach.models.attempts import ContactAttempt
from outreach.models.decisions import GuardDecision


class ChangeEvent(models.TextChoices):
    CONTACTED = "lead:contacted", "A contact was logged"
    RESPONDED = "lead:responded", "An answer was recorded or taken back"
    CHANGED = "lead:changed", "A lead was made, edited or deleted, or a contact voided"
    OVERRIDE = "guard:override", "A contact went ahead against the guard"


class Change(models.Model):
    """One event, written by triggers (outreach/migrations/initial/changes.py) in the transaction of what happened.

    Ids are given out before the commit, so reading on from the last id seen would miss rows that are committed later.
    Readers go by (xid, id) instead, and only up to the oldest transaction that is still open: see
    outreach/webhooks/changes.py.
    """

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # The number of the transaction. A server restored from a dump counts from the start, so its readers must too.
    xid = models.BigIntegerField()
    event = models.CharField(max_length=20, choices=ChangeEvent)
    # The composite foreign key (company, lead) in the database replaces the plain ones.
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    attempt = models.ForeignKey(
        ContactAttempt, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    decision = models.ForeignKey(
        GuardDecision, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    # The name is not repeated here: the attempt or decision keeps it, even when the user is deleted.
    user = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["xid", "id"]
        indexes = [
            # What comes after a place in one company's feed.
            models.Index(fields=["company", "xid", "id"], name="change_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.lead_id}"
