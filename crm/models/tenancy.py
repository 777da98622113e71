"""Where every read starts: what one user may see."""

from __future__ import annotations

from typing import Self

from django.db import models

from crm.models import User


class TenantQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """Rows of the user's own company; none for staff without a company."""
        if user.company_id is None:
            return self.none()
        return self.filter(company_id=user.company_id)
