"""Who has a lead's page open and who is writing. These rows come and go: nothing here is history."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.models import Company, User
from crm.models.ids import new_id
from leads.methods import ContactMethod
from leads.models import Lead

# The presence of a page that has sent nothing for so long has ended: its process died without closing it.
PRESENCE_SECONDS = 60


class Claim(models.Model):
    """A rep has the composer open for an outbound contact. It warns colleagues and blocks nobody."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="claims", db_constraint=False, db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    user_name = models.CharField(max_length=301)
    method = models.CharField(max_length=10, choices=ContactMethod)
    started_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "user"], name="claim_once_per_rep"),
            models.CheckConstraint(condition=Q(method__in=ContactMethod.values), name="claim_method_known"),
        ]
        indexes = [
            # Those that have run out, which is announced.
            models.Index(fields=["expires_at"], name="claim_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} is writing until {self.expires_at:%H:%M}"


class Presence(models.Model):
    """An open page of a lead: one row for each socket, renewed by its heartbeat."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            # Those that have ended without being closed.
            models.Index(fields=["seen_at"], name="presence_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.lead_id}"
