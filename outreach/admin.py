"""For staff: the contacts and decisions, read-only, and each company's limits."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest

from crm.admin import Kept, ReadOnly
from crm.models import User
from outreach.models import (
    COMPANY_LIMITS,
    LIMITS,
    REVIEW_FIELDS,
    CompanyPolicy,
    ContactAttempt,
    ContactPolicy,
    GuardDecision,
)
from outreach.policies.policy import stamp


@admin.register(ContactAttempt)
class ContactAttemptAdmin(ReadOnly):
    list_display = [
        "occurred_at",
        "company",
        "lead",
        "user_name",
        "method",
        "direction",
        "subject",
        "responded",
    ]
    list_filter = ["method", "direction", "responded", ("voided_at", admin.EmptyFieldListFilter), "company"]
    list_select_related = ["company", "lead"]
    search_fields = ["lead__first_name", "lead__last_name", "lead__organization", "user_name", "subject"]
    date_hierarchy = "occurred_at"
    show_full_result_count = False
    exclude = ["idempotency_key", "request_digest"]


@admin.register(GuardDecision)
class GuardDecisionAdmin(ReadOnly):
    list_display = ["created_at", "company", "lead", "user_name", "kind", "rule", "method", "sentence", "review"]
    list_filter = ["kind", "rule", "method", "review", "company"]
    list_select_related = ["company", "lead"]
    search_fields = ["lead__first_name", "lead__last_name", "user_name", "sentence", "reason"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    readonly_fields = ["created_at", *REVIEW_FIELDS]


class PolicyAdmin(Kept):
    """A company's limits: the company and the method cannot be changed, and each change records who made it."""

    list_select_related = ["company"]
    search_fields = ["company__name"]
    autocomplete_fields = ["company"]
    fixed_fields = ["company"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.fixed_fields if obj else []

    def save_model(self, request: HttpRequest, obj: ContactPolicy | CompanyPolicy, form: Form, change: bool) -> None:
        assert isinstance(request.user, User)  # the admin lets nobody else in
        stamp(obj, request.user)
        super().save_model(request, obj, form, change)


@admin.register(ContactPolicy)
class ContactPolicyAdmin(PolicyAdmin):
    list_display = ["company", "method", *LIMITS, "changed_by_name"]
    list_filter = ["method", "company"]
    fixed_fields = ["company", "method"]


@admin.register(CompanyPolicy)
class CompanyPolicyAdmin(PolicyAdmin):
    list_display = ["company", *COMPANY_LIMITS, "changed_by_name"]
    list_filter = ["company"]
