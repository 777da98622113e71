"""All the guard needs to know about a person, read in one query whose cost does not grow with the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from leads.methods import ContactMethod
from leads.models import Lead
from outreach.guard.verdict import Previous

# Enough to show and compare; the whole text stays in the database.
BODY_SHOWN = 600
ANSWERS_READ = 5

# Per lead and method: the policy, then the newest outbound contacts up to the moment asked about (as many as the
# cooldown admits) and, for a moment in the past, the next ones after it. The laterals with their limits keep each
# read on the front of the index, one lead and method at a time. A contact counts from when it happened.
FACTS = """
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now, COALESCE(%(when)s::timestamptz, clock_timestamp()) AS asked
), limits AS MATERIALIZED (
    SELECT d.method, COALESCE(p.cooldown_hours, d.hours) AS hours,
           COALESCE(p.cooldown_count, d.count) AS count, COALESCE(p.warning_days, d.days) AS days
    FROM unnest(%(methods)s::text[], %(hours)s::int[], %(counts)s::int[], %(days)s::int[])
         AS d(method, hours, count, days)
    LEFT JOIN outreach_contactpolicy AS p ON p.company_id = %(company)s AND p.method = d.method
), asked_about AS (
    SELECT unnest(%(leads)s::uuid[]) AS lead_id
)
SELECT asked_about.lead_id, moment.now, limits.method, limits.hours, limits.count, limits.days, near.*
FROM moment
CROSS JOIN limits
CROSS JOIN asked_about
LEFT JOIN LATERAL (
    (SELECT false AS after, a.id, a.user_id, a.user_name, a.direction, a.occurred_at,
            a.responded, a.response_at, a.subject, left(a.body, %(body_shown)s) AS body
     FROM outreach_contactattempt AS a
     WHERE a.lead_id = asked_about.lead_id AND a.method = limits.method AND a.direction = 'outbound'
       AND a.voided_at IS NULL AND a.occurred_at <= moment.asked
     ORDER BY a.occurred_at DESC
     LIMIT limits.count)
    UNION ALL
    (SELECT true AS after, a.id, a.user_id, a.user_name, a.direction, a.occurred_at,
            a.responded, a.response_at, a.subject, left(a.body, %(body_shown)s) AS body
     FROM outreach_contactattempt AS a
     WHERE %(when)s::timestamptz IS NOT NULL
       AND a.lead_id = asked_about.lead_id AND a.method = limits.method AND a.direction = 'outbound'
       AND a.voided_at IS NULL AND a.occurred_at > moment.asked
     ORDER BY a.occurred_at
     LIMIT limits.count)
) AS near ON true
UNION ALL
SELECT asked_about.lead_id, moment.now, NULL, NULL, NULL, NULL,
       NULL, NULL, said.to_user, NULL, NULL, said.at, NULL, NULL, NULL, NULL
FROM moment
CROSS JOIN asked_about
CROSS JOIN LATERAL (
    (SELECT a.user_id AS to_user, a.response_at AS at
     FROM outreach_contactattempt AS a
     WHERE a.lead_id = asked_about.lead_id AND a.responded AND a.voided_at IS NULL
       AND a.response_at <= moment.asked
     ORDER BY a.response_at DESC
     LIMIT %(answers)s)
    UNION ALL
    (SELECT COALESCE(answered.user_id, inbound.user_id), inbound.occurred_at
     FROM limits
     CROSS JOIN LATERAL (
        SELECT a.user_id, a.in_reply_to_id, a.occurred_at
        FROM outreach_contactattempt AS a
        WHERE a.lead_id = asked_about.lead_id AND a.method = limits.method AND a.direction = 'inbound'
          AND a.voided_at IS NULL AND a.occurred_at <= moment.asked
        ORDER BY a.occurred_at DESC
        LIMIT %(answers)s
     ) AS inbound
     LEFT JOIN outreach_contactattempt AS answered ON answered.id = inbound.in_reply_to_id)
) AS said
"""


@dataclass(frozen=True)
class Limits:
    """One method's policy: at most `count` contacts in `hours`; warn within `days`."""

    hours: int
    count: int
    days: int


@dataclass
class Facts:
    """The newest outbound contacts per method and who was answered, as of one moment of the database clock."""

    lead: Lead
    now: datetime
    asked: datetime
    limits: dict[str, Limits]
    earlier: dict[str, list[Previous]]  # newest first
    later: dict[str, list[Previous]]  # oldest first; only for a moment in the past
    answers: list[tuple[datetime, UUID | None]]

    def last(self, method: str) -> Previous | None:
        return self.earlier[method][0] if self.earlier[method] else None

    def last_outbound_at(self) -> datetime | None:
        return max((found[0].occurred_at for found in self.earlier.values() if found), default=None)

    def may_reply(self, user_id: UUID) -> bool:
        """The person answered this user after the last outbound contact of anybody."""
        last = self.last_outbound_at()
        return any(to == user_id and (last is None or at > last) for at, to in self.answers)


def read_facts(leads: Sequence[Lead], *, when: datetime | None = None) -> list[Facts]:
    """Read the facts about each of these leads of one company, in one query; `when` None means now."""
    if not leads:
        return []
    defaults = [settings.CONTACT_POLICY_DEFAULTS[method] for method in ContactMethod.values]
    with connection.cursor() as cursor:
        cursor.execute(
            FACTS,
            {
                "company": leads[0].company_id,
                "leads": [lead.id for lead in leads],
                "when": when,
                "methods": ContactMethod.values,
                "hours": [limits["cooldown_hours"] for limits in defaults],
                "counts": [limits["cooldown_count"] for limits in defaults],
                "days": [limits["warning_days"] for limits in defaults],
                "body_shown": BODY_SHOWN,
                "answers": ANSWERS_READ,
            },
        )
        rows = cursor.fetchall()
    return assemble(leads, rows, when)


def assemble(leads: Sequence[Lead], rows: list[tuple], when: datetime | None) -> list[Facts]:
    facts = {lead.id: empty_facts(lead, rows[0][1], when) for lead in leads}
    for lead_id, _, method, hours, count, days, after, *found in rows:
        about = facts[lead_id]
        if method is None:
            about.answers.append((found[4], found[1]))
            continue
        about.limits[method] = Limits(hours=hours, count=count, days=days)
        if found[0] is not None:
            side = about.later if after else about.earlier
            side[method].append(previous(lead_id, method, found))
    return list(facts.values())


def empty_facts(lead: Lead, now: datetime, when: datetime | None) -> Facts:
    return Facts(
        lead=lead,
        now=now,
        asked=when or now,
        limits={},
        earlier={method: [] for method in ContactMethod.values},
        later={method: [] for method in ContactMethod.values},
        answers=[],
    )


def previous(lead_id: UUID, method: str, found: list) -> Previous:
    attempt_id, user_id, user_name, direction, occurred_at, responded, response_at, subject, body = found
    return Previous(
        id=attempt_id,
        lead_id=lead_id,
        user_id=user_id,
        user_name=user_name,
        method=method,
        direction=direction,
        occurred_at=occurred_at,
        responded=responded,
        response_at=response_at,
        subject=subject,
        body=body,
    )
