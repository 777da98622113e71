"""Each company's limits. Every change of them is kept: for the audit, and because former limits hold for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.models import Company, User
from crm.models.ids import new_id
from leads.methods import ContactMethod
from outreach.models.history import refuse_truncate

Policy = TypeVar("Policy", bound=models.Model)

LIMITS = ["cooldown_hours", "cooldown_count", "warning_days"]
COMPANY_LIMITS = ["organization_days", "organization_warns", "similarity_percent", "claim_minutes"]


def default_limits(method: str) -> dict[str, int]:
    """What holds for this method in a company that has set nothing: a number for each of LIMITS."""
    return {**settings.METHOD_POLICY_DEFAULTS, **settings.CONTACT_POLICY_DEFAULTS.get(method, {})}


def with_history(name: str, fields: list[str]) -> Callable[[type[Policy]], type[Policy]]:
    """A class decorator: each change leaves two rows of a model of this name, the limits before and after it.

    They also say who made the change and when.
    """
    track: Callable[[type[Policy]], type[Policy]] = pghistory.track(
        pghistory.UpdateEvent("before", row=pghistory.Old),
        pghistory.UpdateEvent("after", row=pghistory.New),
        fields=["id", "company", *fields, "changed_by", "changed_by_name"],
        context_field=None,  # type: ignore[arg-type]  # "no context", which the annotation leaves out
        obj_field=pghistory.ObjForeignKey(db_constraint=False, related_name="events"),
        model_name=name,
        append_only=True,
        meta={"triggers": [refuse_truncate()]},
    )
    return track


def changer() -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip


@with_history("ContactPolicyEvent", ["method", *LIMITS])
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
    # Until then the company had the defaults.
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = changer()
    changed_by_name = models.CharField(max_length=301, blank=True, editable=False)

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


@with_history("CompanyPolicyEvent", COMPANY_LIMITS)
class CompanyPolicy(models.Model):
    """One company's limits that hold for every method. A company without a row has the defaults."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="policy")
    organization_days = models.PositiveIntegerField(
        default=14,
        validators=[MaxValueValidator(365)],
        help_text="A colleague's contact with somebody else at the same organization within these days is told.",
    )
    organization_warns = models.BooleanField(default=False, help_text="It asks for a reason instead of only telling.")
    similarity_percent = models.PositiveIntegerField(
        default=60,
        validators=[MinValueValidator(30), MaxValueValidator(100)],
        help_text="A message this much like a colleague's of the last 30 days asks for a reason.",
    )
    claim_minutes = models.PositiveIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="For so long a colleague who has the dialog open is shown as writing, unless renewed.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = changer()
    changed_by_name = models.CharField(max_length=301, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "company policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(similarity_percent__gte=1, similarity_percent__lte=100), name="policy_similarity_percent"
            ),
            models.CheckConstraint(condition=Q(claim_minutes__gte=1), name="policy_claim_minutes"),
        ]

    def __str__(self) -> str:
        return str(self.company)
