"""Whether a login may still watch what its socket was opened for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Subquery
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from crm.models import User
from leads.models import Lead
from outreach.live.presence import Seat

# Why a socket is closed. The page signs in again, reloads, or says that the lead is gone.
SIGNED_OUT = 4401
NOT_ALLOWED = 4403
NOT_FOUND = 4404


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Watch:
    """A user, the login that opened the socket, and the lead it watches; None watches the company's list."""

    user: User
    session_key: str | None
    lead_id: UUID | None
    seat: Seat | None = None  # kept by each look, if there is one

    def look(self) -> int | None:
        """Return the version of the lead. Raises Refused once this login may not see it, or no longer may.

        One query, since it is asked for each open page every 25 seconds.
        """
        found = self.seat.keep(self.query()) if self.seat else self.query().first()
        if found is None or not holds_login(found.session_data, found):
            raise Refused(SIGNED_OUT)
        if found.company_id is None or standing(found) != standing(self.user):
            raise Refused(NOT_ALLOWED)
        if found.lead_version is None and self.lead_id is not None:
            raise Refused(NOT_FOUND)
        return found.lead_version

    def query(self):
        lead = Lead.objects.visible_to(self.user).filter(pk=self.lead_id)
        session = Session.objects.filter(pk=self.session_key, expire_date__gt=Now())
        return User.objects.filter(pk=self.user.pk, is_active=True).annotate(
            lead_version=Subquery(lead.values("version")),
            session_data=Subquery(session.values("session_data")),
        )


def holds_login(session_data: str | None, user: User) -> bool:
    """Whether the session still holds this user's login: a new password ends all those of before."""
    login = Session(session_data=session_data).get_decoded() if session_data else {}
    return constant_time_compare(login.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def standing(user: User) -> tuple[UUID | None, str]:
    """What a socket's rights follow from."""
    return user.company_id, user.role
