"""Personal tokens, by which tools act as their user, and what the API remembers of calls made with them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.models.ids import new_id
from crm.models.people import Company, User
from crm.text import CleanCharField


class Scope(models.TextChoices):
    READ = "read", "Read only"
    WRITE = "write", "Read and write"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> Self:
        """Tokens that are still valid."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


class ApiToken(models.Model):
    """A personal token: its user's rights, or only their reading. The secret itself is shown once and never stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The composite foreign key (company, user) in the database replaces the plain one.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens", db_constraint=False)
    name = CleanCharField(max_length=100)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.WRITE)
    # SHA-256 of the secret, which has so many random bits that a slow hash would add nothing.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # How the secret begins, so that its owner knows it again.
    hint = models.CharField(max_length=12, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(scope__in=Scope.values), name="token_scope_known")]

    def __str__(self) -> str:
        return self.name


class ApiUse(models.Model):
    """How many calls a token has made in its latest minute. Unlogged: counting never waits for the disk."""

    token = models.OneToOneField(
        ApiToken, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    minute = models.DateTimeField()
    calls = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.calls} calls in {self.minute:%H:%M}"


class IdempotentCall(models.Model):
    """The first answer to a write that carried an Idempotency-Key, stored with what it wrote or not at all."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The composite foreign key (company, user) in the database replaces the plain one.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            # A retry finds the answer of its first try; of two that run at once one is written.
            models.UniqueConstraint(fields=["user", "route", "key"], name="idempotent_call_once"),
        ]
        indexes = [
            # Those old enough to be forgotten.
            models.Index(fields=["created_at"], name="idempotent_call_age"),
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.status}"
