"""Whether a login may still watch what its socket was opened for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from crm.models import User
from leads.models import Lead
from outreach.live.presence import SocketPresence

if TYPE_CHECKING:

    class WatchingUser(User):
        """A user as `Watch.query` reads it."""

        lead_version: int | None
        session_data: str | None


# Why a socket is closed. The page signs in again, reloads, or says that the lead is gone.
SIGNED_OUT = 4401
NOT_ALLOWED = 4403
NOT_FOUND = 4404


class WatchRefused(Exception):
    """The socket is closed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Watch:
    """A user, the login that opened the socket, and the lead it watches; None watches the company's list."""

    user: User
    session_key: str | None
    lead_id: UUID | None
    presence: SocketPresence | None = None  # renewed by each check, if there is one

    def check(self) -> int | None:
        """Return the version of the lead; None for the list. Raises WatchRefused when this login may not see it now.

        One query, since each open page runs it every 25 seconds.
        """
        user = self.presence.renew(self.query()) if self.presence else self.query().first()
        if user is None or not session_is_valid(user.session_data, user):
            raise WatchRefused(SIGNED_OUT)
        if user.company_id is None or rights(user) != rights(self.user):
            raise WatchRefused(NOT_ALLOWED)
        if user.lead_version is None and self.lead_id is not None:
            raise WatchRefused(NOT_FOUND)
        return user.lead_version

    def query(self) -> QuerySet[WatchingUser]:
        lead = Lead.objects.visible_to(self.user).filter(pk=self.lead_id) if self.lead_id else Lead.objects.none()
        session = Session.objects.filter(pk=self.session_key, expire_date__gt=Now())
        users = User.objects.filter(pk=self.user.pk, is_active=True).annotate(
            lead_version=Subquery(lead.values("version")),
            session_data=Subquery(session.values("session_data")),
        )
        return cast("QuerySet[WatchingUser]", users)


def session_is_valid(session_data: str | None, user: User) -> bool:
    """Whether the session still has this user's login: a new password ends all logins made before."""
    login = Session(session_data=session_data).get_decoded() if session_data else {}
    return constant_time_compare(login.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def rights(user: User) -> tuple[UUID | None, str]:
    """What decides the rights of a socket: company and role."""
    return user.company_id, user.role
