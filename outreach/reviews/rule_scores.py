"""The guard's own score of the last days for its managers: what it held up, and which of its rules is noise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from crm.models import Company
from crm.models.days import Span
from crm.postgres.clock import database_clock
from outreach.models import DecisionKind
from outreach.reviews.guard_counts import GuardFilters, GuardNumbers, read_guard_numbers
from outreach.reviews.listing import RULE_WORDS

DAYS = 30
# A rule that was shown this often, and was overridden nearly every time, warns nobody any more.
OFTEN = 20
NEARLY_ALWAYS = 0.8

# How often a rule was shown, and how often the rep logged the contact over it: a rep at a lead on a day counts once,
# however often they tried. Whoever was refused or went ahead was shown the rule, by the dialog or by the API's answer.
SHOWN = f"""
SELECT rule, count(*), count(*) FILTER (WHERE overridden)
FROM (
    SELECT rule, bool_or(kind = '{DecisionKind.OVERRIDDEN}') AS overridden
    FROM (
        SELECT rule, user_id, lead_id, day, 'shown' AS kind
        FROM outreach_ruleshown
        WHERE company_id = %(company)s AND day BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT rule, user_id, lead_id, (created_at AT TIME ZONE %(zone)s)::date, kind
        FROM outreach_guarddecision
        WHERE company_id = %(company)s AND created_at >= %(since)s AND created_at < %(until)s
    ) AS seen
    GROUP BY rule, user_id, lead_id, day
) AS met
GROUP BY rule
"""


@dataclass(frozen=True)
class RuleShare:
    """How often a rule was shown, and how often it was overridden, a rep at a lead counted once a day."""

    words: str
    shown: int
    overridden: int

    @property
    def percent(self) -> int:
        return round(100 * self.overridden / self.shown) if self.shown else 0

    @property
    def is_noisy(self) -> bool:
        return self.shown >= OFTEN and self.overridden >= NEARLY_ALWAYS * self.shown


@dataclass(frozen=True)
class GuardScore:
    """What the guard held up in the last days, and by rule how often it was overridden."""

    numbers: GuardNumbers
    shares: dict[str, RuleShare]
    days: int = DAYS

    @property
    def noisy(self) -> list[RuleShare]:
        return [share for share in self.shares.values() if share.is_noisy]


def read_score(company: Company, now: datetime | None = None) -> GuardScore:
    """The score of the company's last 30 days, today included: the clock and two queries, however much there is."""
    filters = GuardFilters(company.id, last_days(company, now or database_clock()))
    return GuardScore(read_guard_numbers(filters), read_shares(filters))


def last_days(company: Company, now: datetime) -> Span:
    zone = ZoneInfo(company.time_zone)
    today = timezone.localdate(now, zone)
    return Span(today - timedelta(days=DAYS - 1), today, zone)


def read_shares(filters: GuardFilters) -> dict[str, RuleShare]:
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, {**filters.parameters(), "first": filters.span.first, "last": filters.span.last})
        counts = {rule: (shown, overridden) for rule, shown, overridden in cursor.fetchall()}
    return {rule: RuleShare(words, *counts[rule]) for rule, words in RULE_WORDS.items() if rule in counts}
