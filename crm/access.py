"""Who is asking: users are read with their company, and only while they are active."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.backends import ModelBackend

from crm.models import User


class CompanyBackend(ModelBackend):
    def get_user(self, user_id: UUID) -> User | None:
        """Read user and company at once: every page needs both."""
        user = User.objects.select_related("company").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
