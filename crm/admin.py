"""Staff: companies and people. What has history is deactivated or kept, never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from crm.models import Company, User

if TYPE_CHECKING:
    # Only the stubs take the type of the model.
    ModelAdmin = admin.ModelAdmin[Any]
    UserPages = DjangoUserAdmin[User]
else:
    ModelAdmin, UserPages = admin.ModelAdmin, DjangoUserAdmin

admin.site.site_header = "Tandem administration"
admin.site.site_title = "Tandem"
admin.site.index_title = "All companies"
admin.site.unregister(Group)


class Kept(ModelAdmin):
    """Rows that history names: no delete, one by one or in bulk."""

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


class ReadOnly(Kept):
    """Rows of the record itself: staff read them and never write them."""

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Company)
class CompanyAdmin(Kept):
    list_display = ["name", "time_zone", "phone_region", "created_at"]
    search_fields = ["name"]
    list_filter = ["phone_region"]


@admin.register(User)
class UserAdmin(Kept, UserPages):
    list_display = ["email", "first_name", "last_name", "company", "role", "is_active", "is_staff"]
    list_filter = ["is_active", "role", "is_staff", "company"]
    list_select_related = ["company"]
    search_fields = ["email", "first_name", "last_name", "company__name"]
    ordering = ["email"]
    autocomplete_fields = ["company"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["email", "password", "company", "role"]}),
        ("Person", {"fields": ["first_name", "last_name", "theme", "shortcuts"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "company", "role", "first_name", "last_name", "is_staff"]}),
        ("Password", {"fields": ["usable_password", "password1", "password2"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Somebody's history belongs to their company; for another one they get a user of their own."""
        return ["last_login", "company"] if obj else ["last_login"]
