"""How much was done on each day, kept by the database itself: see analytics/daily/upkeep.py."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from crm.models import Company
from leads.methods import ContactMethod
from outreach.models import Direction


class DailySummary(models.Model):
    """A part of what one rep did on one day of the company by one method; all parts of a day together are the truth.

    A single part may be below zero: a void is taken off whichever part was free.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    # A user's id, or NOBODY. No foreign key: what is counted outlives a user as the attempts themselves do.
    rep = models.UUIDField()
    method = models.CharField(max_length=10, choices=ContactMethod)
    direction = models.CharField(max_length=10, choices=Direction)
    attempts = models.IntegerField(default=0)
    responses = models.IntegerField(default=0)
    # From each contact to its answer, summed. Exact, so that subtracting what was added gives zero.
    response_seconds = models.DecimalField(max_digits=24, decimal_places=6, default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(method__in=ContactMethod.values), name="daily_method_known"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="daily_direction_known"),
        ]
        indexes = [
            # A span of days of a company, and the part that one more contact is added to.
            models.Index(fields=["company", "day", "rep", "method", "direction"], name="daily_summary_key"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.method} {self.direction}: {self.attempts}"
