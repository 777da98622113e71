"""Staff: the record of contacts and decisions, read-only, and each company's limits."""

from __future__ import annotations

from django.contrib import admin

from crm.admin import ReadOnly
from outreach.models import ContactAttempt, ContactPolicy, GuardDecision


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
    list_display = ["created_at", "company", "lead", "user_name", "kind", "rule", "method", "sentence"]
    list_filter = ["kind", "rule", "method", "company"]
    list_select_related = ["company", "lead"]
    search_fields = ["lead__first_name", "lead__last_name", "user_name", "sentence", "reason"]
    date_hierarchy = "created_at"
    show_full_result_count = False


@admin.register(ContactPolicy)
class ContactPolicyAdmin(admin.ModelAdmin):
    list_display = ["company", "method", "cooldown_hours", "cooldown_count", "warning_days"]
    list_filter = ["method", "company"]
    list_select_related = ["company"]
    search_fields = ["company__name"]
    autocomplete_fields = ["company"]
