"""The sockets of open pages: one for a lead's page, one for the list, one for every other page."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from crm.models import User
from outreach.live.events import company_group, lead_group
from outreach.live.presence import SocketPresence
from outreach.live.sockets import LiveConsumer
from outreach.live.watch import NOT_ALLOWED, WatchRefused


class LeadConsumer(LiveConsumer):
    """Everything about one lead."""

    @property
    def lead_id(self) -> UUID:
        lead_id: UUID = self.scope["url_route"]["kwargs"]["lead_id"]
        return lead_id

    def watched(self, user: User) -> tuple[UUID | None, str]:
        return self.lead_id, lead_group(self.lead_id)

    def settle(self) -> int | None:
        """From now on colleagues see this user. The login has been checked before."""
        self.presence = SocketPresence(self.lead_id, self.watch.user)
        self.watch = replace(self.watch, presence=self.presence)
        version = self.watch.check()
        self.presence.announce()
        return version


class LeadListConsumer(LiveConsumer):
    """Which leads of the company have something new."""

    def watched(self, user: User) -> tuple[UUID | None, str]:
        if user.company_id is None:
            raise WatchRefused(NOT_ALLOWED)
        return None, company_group(user.company_id)


class OwnConsumer(LiveConsumer):
    """What is for this user alone, wherever they are: notes, and the end of the login."""

    def watched(self, user: User) -> tuple[UUID | None, str]:
        if user.company_id is None:
            raise WatchRefused(NOT_ALLOWED)
        return None, ""
