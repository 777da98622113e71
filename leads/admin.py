"""Staff: leads of all companies, with the derived summary shown but not typed."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from crm.admin import Kept
from leads.models import Lead, LeadIdentifier


class IdentifierInline(admin.TabularInline):  # type: ignore[type-arg]  # the class takes no arguments at run time
    model = LeadIdentifier
    fields = ("kind", "value", "normalised")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Lead | None = None) -> bool:
        return False


SUMMARY = [
    "last_contacted_at",
    "last_contact_method",
    "last_contacted_by",
    "contact_count",
    "last_response_at",
]


@admin.register(Lead)
class LeadAdmin(Kept):
    list_display = [
        "name",
        "organization",
        "company",
        "status",
        "owner",
        "contact_count",
        "last_contacted_at",
    ]
    list_filter = ["status", "do_not_contact", "last_contact_method", "company"]
    list_select_related = ["company", "owner"]
    search_fields = ["first_name", "last_name", "organization", "identifiers__normalised"]
    show_full_result_count = False
    inlines = [IdentifierInline]
    fieldsets = [
        (None, {"fields": ["company", "first_name", "last_name", "job_title", "organization", "website"]}),
        ("About", {"fields": ["industry", "source", "notes"]}),
        ("Work", {"fields": ["owner", "status"]}),
        (
            "Do not contact",
            {
                "fields": [
                    "do_not_contact",
                    "do_not_contact_methods",
                    "do_not_contact_reason",
                    "do_not_contact_by",
                ]
            },
        ),
        ("Summary", {"fields": [*SUMMARY, "version", "created_at", "deleted_at"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Lead | None = None) -> list[str]:
        """Reps change leads through the app, whose verbs announce it; staff only read."""
        return [str(field) for _, part in self.fieldsets for field in part["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
