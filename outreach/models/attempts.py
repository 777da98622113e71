"""The record of every contact."""

from __future__ import annotations

from typing import Self

import pghistory
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from crm.models import Company, User
from crm.models.ids import new_id
from crm.models.tenancy import TenantQuerySet
from crm.text import CleanCharField, CleanTextField
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.models.history import append_only, refuse_truncate

SUBJECT_MAX = 500
BODY_MAX = 50_000

# The only fields that may change after the insert. Each change leaves audit rows with the state before and after.
CHANGEABLE = [
    "responded", "response_at", "response_recorded_at",
    "voided_at", "voided_by", "voided_by_name", "void_reason", "changed_by",
]  # fmt: skip


class Direction(models.TextChoices):
    OUTBOUND = "outbound", "Outbound"
    INBOUND = "inbound", "Inbound"

    @property
    def meaning(self) -> str:
        return {self.OUTBOUND: "we contacted them", self.INBOUND: "they contacted us"}[self]

    @property
    def icon(self) -> str:
        return {self.OUTBOUND: "arrow-up-right", self.INBOUND: "arrow-down-left"}[self]

    def of(self, name: str) -> str:
        """As the rep says it of a lead of this name."""
        return {self.OUTBOUND: f"I contacted {name}", self.INBOUND: f"{name} contacted me"}[self]


class ContactAttemptQuerySet(TenantQuerySet["ContactAttempt"]):
    def live(self) -> Self:
        """Attempts that count: those not voided."""
        return self.filter(voided_at__isnull=True)

    def outbound(self) -> Self:
        return self.filter(direction=Direction.OUTBOUND)

    def inbound(self) -> Self:
        return self.filter(direction=Direction.INBOUND)

    def newest_first(self) -> Self:
        return self.order_by("-occurred_at", "-id")

    def oldest_first(self) -> Self:
        return self.order_by("occurred_at", "id")


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old),
    pghistory.UpdateEvent("after", row=pghistory.New),
    fields=["id", *CHANGEABLE],
    context_field=None,  # type: ignore[arg-type]  # "no context", which the annotation leaves out
    obj_field=pghistory.ObjForeignKey(db_constraint=False, related_name="events"),
    model_name="ContactAttemptEvent",
    append_only=True,
    meta={"triggers": [refuse_truncate()]},
)
class ContactAttempt(models.Model):
    """One contact with a lead, outbound or inbound. Append-only: a mistake is voided, never edited."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The composite foreign keys (company, lead) and (company, user) in the database replace the plain ones.
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="attempts", db_constraint=False, db_index=False
    )
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    user_name = models.CharField(max_length=301)

    method = models.CharField(max_length=10, choices=ContactMethod)
    direction = models.CharField(max_length=10, choices=Direction)
    subject = CleanCharField(max_length=SUBJECT_MAX, blank=True)
    body = CleanTextField(blank=True, validators=[MaxLengthValidator(BODY_MAX)])
    metadata = models.JSONField(default=dict, blank=True)
    in_reply_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers", db_constraint=False,
        db_index=False,
    )  # fmt: skip

    responded = models.BooleanField(default=False)
    response_at = models.DateTimeField(null=True, blank=True)
    response_recorded_at = models.DateTimeField(null=True, editable=False)

    occurred_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # The lead's version once this attempt was recorded: what a page rendered before it has not seen.
    lead_version = models.PositiveBigIntegerField(default=0, editable=False)
    # The lead's version after the save; set by the signal.
    recorded_version: int

    external_id = CleanCharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=200, blank=True, editable=False)
    request_digest = models.CharField(max_length=64, blank=True, editable=False)

    voided_at = models.DateTimeField(null=True, editable=False)
    voided_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    voided_by_name = models.CharField(max_length=301, blank=True, editable=False)
    void_reason = CleanCharField(max_length=500, blank=True, editable=False)
    # Who made the latest change, for the audit rows.
    changed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip

    objects = ContactAttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "id"], name="attempt_company_id"),
            models.CheckConstraint(condition=Q(method__in=ContactMethod.values), name="attempt_method_known"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="attempt_direction_known"),
            models.CheckConstraint(
                condition=Q(responded=True, response_at__isnull=False) | Q(responded=False, response_at__isnull=True),
                name="attempt_responded_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(response_at__isnull=True) | Q(response_at__gte=F("occurred_at")),
                name="attempt_response_not_before_contact",
            ),
            models.CheckConstraint(
                condition=Q(responded=False) | Q(direction=Direction.OUTBOUND),
                name="attempt_response_is_to_outbound",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, void_reason="") | Q(voided_at__isnull=False) & ~Q(void_reason=""),
                name="attempt_void_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(in_reply_to__isnull=True) | Q(direction=Direction.INBOUND),
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
        ]
        # No index of (company), (company, user) or (company, method), as the founding document had: no query used
        # them beside these, and each one slows every insert.
        indexes = [
            # The timeline, newest first, by keyset.
            models.Index(F("lead"), F("occurred_at").desc(), F("id").desc(), name="attempt_timeline"),
            # The guard: newest counted contact of a lead by method and direction, whatever the length of its history.
            models.Index(
                F("lead"), F("method"), F("direction"), F("occurred_at").desc(),
                condition=Q(voided_at__isnull=True), name="attempt_guard",
            ),
            # What was voided, few as it is: a long history is counted by these two alone, without being read.
            models.Index(
                F("lead"), F("method"), condition=Q(voided_at__isnull=False), name="attempt_voided",
            ),
            # The guard and the summary: the newest answer of a lead.
            models.Index(
                F("lead"), F("response_at").desc(), condition=Q(responded=True, voided_at__isnull=True),
                name="attempt_answer",
            ),
            # One rep's contacts over time.
            models.Index(F("user"), F("occurred_at").desc(), name="attempt_rep"),
            # The company's numbers over time that no summary holds (persons, medians), answered from the index alone.
            models.Index(
                fields=["company", "occurred_at"], condition=Q(voided_at__isnull=True), name="attempt_numbers",
                include=["id", "lead", "method", "direction", "responded", "response_at", "user"],
            ),
            # Which inbound contacts answer an attempt; the foreign key looks them up too.
            models.Index(fields=["in_reply_to"], condition=Q(in_reply_to__isnull=False), name="attempt_in_reply_to"),
        ]  # fmt: skip
        triggers = append_only(*CHANGEABLE)

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.direction} {self.occurred_at:%Y-%m-%d %H:%M}"

    @property
    def is_inbound(self) -> bool:
        return self.direction == Direction.INBOUND
