"""What the guard decided about a contact, what a manager said to it, and how often its rules were shown."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from crm.models import Company, User
from crm.models.ids import new_id
from crm.models.tenancy import TenantQuerySet
from crm.text import CleanCharField
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.models.attempts import ContactAttempt
from outreach.models.history import append_only
from outreach.models.rules import Rule

SENTENCE_MAX = 1_000


class DecisionKind(models.TextChoices):
    REFUSED = "refused", "Refused"
    OVERRIDDEN = "overridden", "Overridden"
    COLLISION = "collision", "Collision"


class ReviewVerdict(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"
    NOT_ACCEPTABLE = "not_acceptable", "Not acceptable"


# All that may change after the insert.
REVIEW_FIELDS = ["review", "review_note", "reviewed_at", "reviewed_by", "reviewed_by_name"]


class GuardDecisionQuerySet(TenantQuerySet["GuardDecision"]):
    def to_review(self) -> Self:
        """Decisions that let a contact through against the guard: for a manager to review, reviewed or not."""
        return self.exclude(kind=DecisionKind.REFUSED)

    def due(self) -> Self:
        return self.to_review().filter(review="")


class GuardDecision(models.Model):
    """What the guard answered when a contact broke a rule, and what was done about it. Kept for ever."""

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
    sentence = models.CharField(max_length=SENTENCE_MAX)
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
    # How alike the two messages are, in percent, where they were compared.
    likeness = models.PositiveSmallIntegerField(null=True)
    # Who was writing, and by which method: a claim leaves no other row behind. Empty for every other rule.
    colleague_name = models.CharField(max_length=301, blank=True, default="", db_default="")
    colleague_method = models.CharField(
        max_length=10, choices=ContactMethod, blank=True, default="", db_default=""
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    review = models.CharField(max_length=20, choices=ReviewVerdict, blank=True, editable=False)
    review_note = CleanCharField(max_length=500, blank=True, editable=False)
    reviewed_at = models.DateTimeField(null=True, editable=False)
    reviewed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    reviewed_by_name = models.CharField(max_length=301, blank=True, editable=False)

    objects = GuardDecisionQuerySet.as_manager()

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
            # A claim is held by a colleague who has not written yet.
            models.CheckConstraint(
                condition=~Q(kind=DecisionKind.OVERRIDDEN) | Q(rule=Rule.CLAIMED) | Q(earlier_attempt__isnull=False),
                name="decision_override_has_an_earlier_attempt",
            ),
            models.CheckConstraint(
                condition=Q(review="", reviewed_at__isnull=True)
                | Q(review__in=ReviewVerdict.values, reviewed_at__isnull=False),
                name="decision_review_has_a_time",
            ),
        ]
        indexes = [
            # The company's decisions, newest first, for the staff list and the guard's own score.
            models.Index(F("company"), F("created_at").desc(), name="decision_company_time"),
            # The marks under a timeline entry.
            models.Index(fields=["attempt"], condition=Q(attempt__isnull=False), name="decision_attempt"),
            # The mark under the earlier entry: who wrote after it, against the guard.
            models.Index(
                fields=["earlier_attempt"], condition=Q(earlier_attempt__isnull=False, attempt__isnull=False),
                name="decision_earlier",
            ),
            # A lead's decisions, also asked by its foreign key.
            models.Index(fields=["lead"], name="decision_lead"),
            # What a manager has yet to review.
            models.Index(
                F("company"), F("created_at").desc(), condition=Q(review="") & ~Q(kind=DecisionKind.REFUSED),
                name="decision_to_review",
            ),
        ]  # fmt: skip
        triggers = append_only(*REVIEW_FIELDS)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.sentence}"


class RuleShown(models.Model):
    """A rule warned or blocked a rep at a lead on one day, however often the dialog was opened: counted once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    rule = models.CharField(max_length=20, choices=Rule)
    day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "lead", "rule", "day"], name="rule_shown_once_a_day"),
            models.CheckConstraint(condition=Q(rule__in=Rule.values), name="rule_shown_known"),
        ]
        indexes = [
            # The score of each rule over a span of days.
            models.Index(fields=["company", "day", "rule"], name="rule_shown_score"),
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()} on {self.day}"
