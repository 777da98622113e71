"""The record of every contact, what the guard decided about it, and each company's policy."""

from __future__ import annotations

from typing import Self

import pghistory
import pgtrigger
from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from crm.ids import new_id
from crm.models import Company, User
from crm.tenancy import TenantQuerySet
from crm.text import CleanCharField, CleanTextField
from leads.methods import ContactMethod
from leads.models import Lead

SUBJECT_MAX = 500
BODY_MAX = 50_000

# All that may change after the insert. Each change leaves audit rows with the state before and after.
CHANGEABLE = [
    "responded", "response_at", "response_recorded_at",
    "voided_at", "voided_by", "voided_by_name", "void_reason", "changed_by",
]  # fmt: skip


def refuse_truncate() -> pgtrigger.Trigger:
    """Emptying a table skips its row triggers, so history needs one for the whole statement."""
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    )


class Direction(models.TextChoices):
    OUTBOUND = "outbound", "Outbound"
    INBOUND = "inbound", "Inbound"


class ContactAttemptQuerySet(TenantQuerySet):
    def live(self) -> Self:
        """Attempts that count: those not voided."""
        return self.filter(voided_at__isnull=True)

    def outbound(self) -> Self:
        return self.filter(direction=Direction.OUTBOUND)

    def inbound(self) -> Self:
        return self.filter(direction=Direction.INBOUND)

    def newest_first(self) -> Self:
        return self.order_by("-occurred_at", "-id")


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old),
    pghistory.UpdateEvent("after", row=pghistory.New),
    fields=["id", *CHANGEABLE],
    context_field=None,
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
        # The founding indexes (company), (company, user) and (company, method) are left out: no query used
        # them beside these, and each one slows every insert.
        indexes = [
            # The timeline, newest first, by keyset.
            models.Index(F("lead"), F("occurred_at").desc(), F("id").desc(), name="attempt_timeline"),
            # The guard: newest counted contact of a lead by method and direction, whatever the length of its history.
            models.Index(
                F("lead"), F("method"), F("direction"), F("occurred_at").desc(),
                condition=Q(voided_at__isnull=True), name="attempt_guard",
            ),
            # The guard and the summary: the newest answer of a lead.
            models.Index(
                F("lead"), F("response_at").desc(), condition=Q(responded=True, voided_at__isnull=True),
                name="attempt_answer",
            ),
            # One rep's contacts over time.
            models.Index(F("user"), F("occurred_at").desc(), name="attempt_rep"),
            # The company's numbers over time, answered from the index alone.
            models.Index(
                fields=["company", "occurred_at"], include=["method", "direction", "responded", "response_at", "user"],
                name="attempt_company_time",
            ),
            # Which inbound answers an attempt, also asked by the foreign key.
            models.Index(fields=["in_reply_to"], condition=Q(in_reply_to__isnull=False), name="attempt_in_reply_to"),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            refuse_truncate(),
            # A deleted user becomes NULL (the name stays), which is the database's own doing.
            pgtrigger.Protect(
                name="append_only",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=[*CHANGEABLE, "user"]),
            ),
            pgtrigger.Protect(
                name="author_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.user_id IS DISTINCT FROM NEW.user_id AND NEW.user_id IS NOT NULL"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.direction} {self.occurred_at:%Y-%m-%d %H:%M}"

    @property
    def is_inbound(self) -> bool:
        return self.direction == Direction.INBOUND


class DecisionKind(models.TextChoices):
    REFUSED = "refused", "Refused"
    OVERRIDDEN = "overridden", "Overridden"
    COLLISION = "collision", "Collision"


class Rule(models.TextChoices):
    DO_NOT_CONTACT = "do_not_contact", "Do not contact"
    COOLDOWN = "cooldown", "Cooldown"
    UNSEEN = "unseen", "Unseen"
    RECENT = "recent", "Recent"
    OTHER_METHOD = "other_method", "Other method"


class GuardDecision(models.Model):
    """What the guard said when a contact broke a rule, and what was done about it. Kept for ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="decisions", db_constraint=False, db_index=False
    )
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    user_name = models.CharField(max_length=301)
    kind = models.CharField(max_length=10, choices=DecisionKind)
    rule = models.CharField(max_length=20, choices=Rule)
    method = models.CharField(max_length=10, choices=ContactMethod)
    sentence = models.CharField(max_length=1_000)
    earlier_attempt = models.ForeignKey(
        ContactAttempt,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    attempt = models.ForeignKey(
        ContactAttempt, on_delete=models.PROTECT, null=True, related_name="decisions", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    reason = CleanCharField(max_length=700, blank=True)
    allowed_from = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DecisionKind.values), name="decision_kind_known"),
            models.CheckConstraint(condition=Q(rule__in=Rule.values), name="decision_rule_known"),
            models.CheckConstraint(
                condition=Q(kind=DecisionKind.REFUSED, attempt__isnull=True)
                | ~Q(kind=DecisionKind.REFUSED) & Q(attempt__isnull=False),
                name="decision_only_a_refusal_has_no_attempt",
            ),
            models.CheckConstraint(
                condition=Q(kind=DecisionKind.REFUSED) | ~Q(reason=""), name="decision_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(kind=DecisionKind.OVERRIDDEN) | Q(earlier_attempt__isnull=False),
                name="decision_override_has_an_earlier_attempt",
            ),
        ]
        indexes = [
            # The company's decisions, newest first, for the staff list and the guard's own score.
            models.Index(F("company"), F("created_at").desc(), name="decision_company_time"),
            # The marks under a timeline entry.
            models.Index(fields=["attempt"], condition=Q(attempt__isnull=False), name="decision_attempt"),
            # A lead's decisions, also asked by its foreign key.
            models.Index(fields=["lead"], name="decision_lead"),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            refuse_truncate(),
            pgtrigger.Protect(
                name="append_only",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["user"]),
            ),
            pgtrigger.Protect(
                name="author_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.user_id IS DISTINCT FROM NEW.user_id AND NEW.user_id IS NOT NULL"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.sentence}"


class ContactPolicy(models.Model):
    """One company's limits for one method. A company without a row for a method has the defaults."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="policies")
    method = models.CharField(max_length=10, choices=ContactMethod)
    cooldown_hours = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(24 * 365)],
        help_text="Within these hours only so many outbound contacts are admitted. 0 switches the cooldown off.",
    )
    cooldown_count = models.PositiveIntegerField(
        default=1,
        validators=[MaxValueValidator(100)],
        help_text="How many outbound contacts the hours admit, whoever makes them.",
    )
    warning_days = models.PositiveIntegerField(
        default=7,
        validators=[MaxValueValidator(365)],
        help_text="An earlier outbound contact within these days asks for a reason. 0 switches the warning off.",
    )

    class Meta:
        verbose_name_plural = "contact policies"
        ordering = ["company", "method"]
        constraints = [
            models.UniqueConstraint(fields=["company", "method"], name="policy_company_method"),
            models.CheckConstraint(condition=Q(method__in=ContactMethod.values), name="policy_method_known"),
            models.CheckConstraint(condition=Q(cooldown_count__gte=1), name="policy_admits_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"{self.company}: {self.get_method_display()}"
