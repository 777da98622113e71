"""Who is asking: users are read with their company, and only while they are active; some pages are for managers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse

from crm.models import User
from crm.pages.request import SignedInRequest
from crm.postgres.compiled import Compiled

View = Callable[..., HttpResponse]


class CompanyBackend(ModelBackend):
    def get_user(self, user_id: UUID) -> User | None:
        """Read user and company at once: every page needs both."""
        users = USER(user_id=user_id)
        return users[0] if users and self.user_can_authenticate(users[0]) else None


def with_company(*, user_id: UUID) -> QuerySet[User]:
    return User.objects.select_related("company").filter(pk=user_id)


USER = Compiled(with_company, "user_id")


def manager_required(view: View) -> View:
    """A page of the company's managers: anybody else who is signed in gets a 403 that says so."""

    @wraps(view)
    def view_for_managers(request: SignedInRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.company_id is None or not request.user.is_manager:
            raise PermissionDenied("Only managers open this page.")
        return view(request, *args, **kwargs)

    return view_for_managers
