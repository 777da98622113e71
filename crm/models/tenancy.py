"""Where every read starts: what one user may see."""

from __future__ import annotations

from typing import Self, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models

from crm.models import Company, User

NO_COMPANY = "Staff without a company have no leads."


def company_of(user: User) -> Company:
    """The company the user works for. Raises PermissionDenied for staff without one."""
    if user.company is None:
        raise PermissionDenied(NO_COMPANY)
    return user.company


def company_id_of(user: User) -> UUID:
    """As `company_of`, without reading the company. Raises PermissionDenied for staff without one."""
    if user.company_id is None:
        raise PermissionDenied(NO_COMPANY)
    return user.company_id


Row = TypeVar("Row", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[Row]):
    def visible_to(self, user: User) -> Self:
        """Rows of the user's own company; none for staff without a company."""
        if user.company_id is None:
            return self.none()
        return self.filter(company_id=user.company_id)
