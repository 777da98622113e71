"""Which colleagues are at a person now, as page, dialog and list show it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection

from crm.models import User, initials, tint
from leads.methods import ContactMethod
from leads.person import STEPS
from outreach.guard.facts import Facts
from outreach.presence import SEAT_SECONDS

PILLS_SHOWN = 3

# The live claims on all records of the person, and whose pages of them are open.
HERE = f"""
WITH RECURSIVE person(root, lead_id) AS (
    SELECT %(lead)s::uuid, %(lead)s::uuid {STEPS}
), clock AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), here AS (
    SELECT claim.user_id, claim.method, claim.started_at AS since, claim.expires_at AS until
    FROM person JOIN outreach_claim AS claim ON claim.lead_id = person.lead_id
    UNION ALL
    SELECT seat.user_id, '', NULL, seat.seen_at + make_interval(secs => %(seconds)s)
    FROM person JOIN outreach_presence AS seat ON seat.lead_id = person.lead_id
)
SELECT member.id, member.first_name, member.last_name, member.email, here.method, max(here.until) - clock.now
FROM clock CROSS JOIN here
JOIN crm_user AS member ON member.id = here.user_id AND member.company_id = %(company)s AND member.is_active
WHERE here.until > clock.now AND member.id <> %(viewer)s
GROUP BY member.id, here.method, clock.now
ORDER BY here.method = '', min(here.since), member.first_name, member.last_name, member.id
"""


@dataclass(frozen=True)
class Colleague:
    """Somebody who is writing to the person, or only looks."""

    user_id: UUID
    name: str
    method: str  # of what is being written; empty for who only looks
    left: timedelta  # after so long without a word it is no longer true

    @property
    def is_writing(self) -> bool:
        return bool(self.method)

    @property
    def words(self) -> str:
        """ "is writing an email", "is viewing"."""
        return f"is {ContactMethod(self.method).words.writing if self.method else 'viewing'}"

    @property
    def short_name(self) -> str:
        return self.name.split()[0]

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def tint(self) -> int:
        return tint(self.user_id)


@dataclass(frozen=True)
class Here:
    """All colleagues at one person, those who write first."""

    colleagues: list[Colleague]

    @property
    def writers(self) -> list[Colleague]:
        return [colleague for colleague in self.colleagues if colleague.is_writing]

    @property
    def shown(self) -> list[Colleague]:
        return self.colleagues[:PILLS_SHOWN]

    @property
    def more(self) -> list[Colleague]:
        return self.colleagues[PILLS_SHOWN:]

    @property
    def signature(self) -> str:
        """Who writes how: open dialogs ask the guard again when it differs."""
        return " ".join(f"{writer.user_id}:{writer.method}" for writer in self.writers)

    @property
    def seconds(self) -> int | None:
        """When a page has to look again, because somebody may have fallen silent."""
        return min((math.ceil(colleague.left.total_seconds()) for colleague in self.colleagues), default=None)


def read_here(lead_id: UUID, viewer: User) -> Here:
    """Who else is at this lead's person, in one query."""
    asked = {"lead": lead_id, "viewer": viewer.id, "company": viewer.company_id, "seconds": SEAT_SECONDS}
    with connection.cursor() as cursor:
        cursor.execute(HERE, asked)
        rows = cursor.fetchall()
    found: dict[UUID, Colleague] = {}
    for user_id, first_name, last_name, email, method, left in rows:
        name = User(first_name=first_name, last_name=last_name, email=email).name
        # Whoever writes also looks: the first row says it.
        found.setdefault(user_id, Colleague(user_id, name, method, left))
    return Here(list(found.values()))


def writers(facts: Facts, viewer: User) -> Here:
    """Who else is writing to the person, of whom the guard has read already."""
    claims = sorted(facts.claims_of_others(viewer.id), key=lambda claim: claim.started_at)
    return Here([Colleague(one.user_id, one.user_name, one.method, one.expires_at - facts.now) for one in claims])
