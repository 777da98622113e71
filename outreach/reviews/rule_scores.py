"""The guard's own score of the last days: what it prevented, what was logged against it, and which rule is noise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from crm.models import Company
from outreach.models import DecisionKind, Direction
from outreach.reviews.listing import RULE_WORDS

DAYS = 30
# A rule that was shown this often, and was overridden nearly every time, warns nobody any more.
OFTEN = 20
NEARLY_ALWAYS = 0.8

# One line per rep, lead and day on which a rule was shown, so that it counts once for a rep who tries five times.
# Whoever was refused or went ahead was shown the rule, by the dialog or by the answer of the API.
BY_RULE = f"""
SELECT rule, count(*), count(*) FILTER (WHERE refused), count(*) FILTER (WHERE overridden),
       count(*) FILTER (WHERE collided)
FROM (
    SELECT rule, user_id, lead_id, day, bool_or(kind = '{DecisionKind.REFUSED}') AS refused,
           bool_or(kind = '{DecisionKind.OVERRIDDEN}') AS overridden,
           bool_or(kind = '{DecisionKind.COLLISION}') AS collided
    FROM (
        SELECT rule, user_id, lead_id, day, 'shown' AS kind
        FROM outreach_ruleshown
        WHERE company_id = %(company)s AND day >= %(first_day)s
        UNION ALL
        SELECT rule, user_id, lead_id, (created_at AT TIME ZONE %(zone)s)::date, kind
        FROM outreach_guarddecision
        WHERE company_id = %(company)s AND created_at >= %(since)s
    ) AS seen
    GROUP BY rule, user_id, lead_id, day
) AS met
GROUP BY rule
"""

# Refusals after which that rep left that lead alone by that method for the cooldown, or for a day where the method has
# none. Several on one day count once.
LEFT_ALONE = f"""decision.kind = '{DecisionKind.REFUSED}' AND NOT EXISTS (
    SELECT FROM outreach_contactattempt AS later
    WHERE later.lead_id = decision.lead_id AND later.method = decision.method
      AND later.direction = '{Direction.OUTBOUND}' AND later.voided_at IS NULL AND later.user_id = decision.user_id
      AND later.occurred_at >= decision.created_at
      AND later.occurred_at < decision.created_at
          + make_interval(hours => COALESCE(NULLIF(policy.cooldown_hours, 0), 24)))"""

TOTALS = f"""
SELECT count(DISTINCT (decision.user_id, decision.lead_id, decision.method,
                       (decision.created_at AT TIME ZONE %(zone)s)::date))
           FILTER (WHERE {LEFT_ALONE}),
       count(DISTINCT decision.attempt_id) FILTER (
           WHERE decision.kind = '{DecisionKind.OVERRIDDEN}' AND attempt.voided_at IS NULL),
       count(DISTINCT decision.attempt_id) FILTER (
           WHERE decision.kind = '{DecisionKind.COLLISION}' AND attempt.voided_at IS NULL)
FROM outreach_guarddecision AS decision
LEFT JOIN outreach_contactattempt AS attempt ON attempt.id = decision.attempt_id
LEFT JOIN outreach_contactpolicy AS policy
       ON policy.company_id = decision.company_id AND policy.method = decision.method
WHERE decision.company_id = %(company)s AND decision.created_at >= %(since)s
"""


@dataclass(frozen=True)
class RuleScore:
    """How one rule fared. All numbers count a rep at a lead on a day once."""

    words: str
    shown: int
    refused: int
    overridden: int
    collisions: int

    @property
    def share(self) -> int:
        """How often it was overridden, in percent of the times it was shown."""
        return round(100 * self.overridden / self.shown) if self.shown else 0

    @property
    def is_noisy(self) -> bool:
        return self.shown >= OFTEN and self.overridden >= NEARLY_ALWAYS * self.shown


@dataclass(frozen=True)
class GuardScore:
    """prevented: refusals after which that rep left that lead alone by that method for the cooldown, or for a day
    where the method has none; several on one day count once. Logged anyway and collisions count contacts, without
    those that were voided."""

    rules: list[RuleScore]
    prevented: int
    logged_anyway: int
    collisions: int
    days: int = DAYS

    @property
    def noisy(self) -> list[RuleScore]:
        return [rule for rule in self.rules if rule.is_noisy]


def read_score(company: Company, now: datetime | None = None) -> GuardScore:
    """The score of the last 30 days, today included, as days of the company: two queries, however much there is."""
    zone = ZoneInfo(company.time_zone)
    first_day = timezone.localdate(now, zone) - timedelta(days=DAYS - 1)
    params: dict[str, UUID | str | date | datetime] = {
        "company": company.id,
        "zone": company.time_zone,
        "first_day": first_day,
        "since": start(first_day, zone),
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_RULE, params)
        by_rule = {rule: counts for rule, *counts in cursor.fetchall()}
        cursor.execute(TOTALS, params)
        prevented, logged_anyway, collisions = cursor.fetchone()
    rules = [RuleScore(words, *by_rule[rule]) for rule, words in RULE_WORDS.items() if rule in by_rule]
    return GuardScore(rules, prevented, logged_anyway, collisions)


def start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)
