"""What the guard is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm.models import User
from crm.models.tenancy import company_of
from outreach.guard.parts import Previous
from outreach.models import Direction

# A contact reported as this much earlier than now has already happened: it is recorded, whatever the verdict.
PAST_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Question:
    """May this user contact the lead by this method? `when` None means now; a past `when` has happened already."""

    user: User
    method: str
    direction: str = Direction.OUTBOUND
    when: datetime | None = None
    unseen: list[Previous] = field(default_factory=list)
    subject: str = ""
    body: str = ""

    @property
    def has_text(self) -> bool:
        return bool(self.body.strip() or self.subject.strip())

    @property
    def past(self) -> bool:
        return self.when is not None

    @property
    def zone(self) -> ZoneInfo:
        """The clock of the user's company."""
        return ZoneInfo(company_of(self.user).time_zone)
