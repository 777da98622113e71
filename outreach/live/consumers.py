"""The two sockets of open pages: one for a lead's page, one for the list."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from crm.models import User
from outreach.live.events import company_group, lead_group
from outreach.live.presence import Seat
from outreach.live.sockets import LiveConsumer


class LeadConsumer(LiveConsumer):
    """Everything about one lead."""

    def watches(self, user: User) -> tuple[UUID | None, str]:
        lead_id = self.scope["url_route"]["kwargs"]["lead_id"]
        return lead_id, lead_group(lead_id)

    def settle(self) -> int | None:
        """From now on colleagues see who is here. Only a login that has been checked gets so far."""
        self.seat = Seat(self.watch.lead_id, self.watch.user)
        self.watch = replace(self.watch, seat=self.seat)
        version = self.watch.look()
        self.seat.announce()
        return version


class LeadListConsumer(LiveConsumer):
    """Which leads of the company have something new."""

    def watches(self, user: User) -> tuple[UUID | None, str]:
        return None, company_group(user.company_id)
