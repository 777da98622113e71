"""What the guard did for the company: second messages it prevented, and what went out all the same, by rule and rep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from analytics.numbers.contacts import of_rep
from analytics.numbers.filters import ReportFilters
from analytics.numbers.queries import fetch_rows
from outreach.models import DecisionKind
from outreach.reviews.rule_scores import LEFT_ALONE

ALL, BY_RULE, BY_REP = 3, 1, 2

DECISIONS = f"""
SELECT decision.created_at >= %(since)s AS is_current, decision.id, decision.rule, decision.kind, decision.attempt_id,
       decision.lead_id, decision.method, decision.user_id, decision.created_at,
       (decision.created_at AT TIME ZONE %(zone)s)::date AS day, {LEFT_ALONE} AS is_prevented,
       attempt.id IS NOT NULL AND attempt.voided_at IS NULL AS is_live
FROM outreach_guarddecision AS decision
LEFT JOIN outreach_contactattempt AS attempt ON attempt.id = decision.attempt_id
LEFT JOIN outreach_contactpolicy AS policy
       ON policy.company_id = decision.company_id AND policy.method = decision.method
WHERE decision.company_id = %(company)s
  AND decision.created_at >= {{since}} AND decision.created_at < %(until)s
  AND (%(method)s = '' OR decision.method = %(method)s)
  AND {of_rep("decision.user_id")}
"""
DECIDED = DECISIONS.format(since="%(since)s")

SCORES = f"""
SELECT is_current, GROUPING(rule, user_id) AS level, rule, user_id,
       count(DISTINCT (user_id, lead_id, method, day)) FILTER (WHERE is_prevented) AS prevented,
       count(DISTINCT attempt_id) FILTER (WHERE kind = '{DecisionKind.OVERRIDDEN}' AND is_live) AS anyway,
       count(DISTINCT attempt_id) FILTER (WHERE kind = '{DecisionKind.COLLISION}' AND is_live) AS collisions
FROM ({DECISIONS.format(since="%(before_since)s")}) AS decided
GROUP BY GROUPING SETS ((is_current), (is_current, rule), (is_current, user_id))
"""


@dataclass(frozen=True)
class GuardCounts:
    """prevented: second messages that were not sent; anyway and collisions: contacts, voided ones left out."""

    prevented: int = 0
    anyway: int = 0
    collisions: int = 0

    @property
    def any(self) -> int:
        return self.prevented + self.anyway + self.collisions


@dataclass(frozen=True)
class GuardNumbers:
    """A contact that broke two rules counts under both, and once in the total."""

    total: GuardCounts = GuardCounts()
    before: GuardCounts = GuardCounts()
    by_rule: dict[str, GuardCounts] = field(default_factory=dict)
    by_rep: dict[UUID | None, GuardCounts] = field(default_factory=dict)


class ScoreRow(NamedTuple):
    """A row of SCORES. Of rule and user only the one the level is named for has a value."""

    is_current: bool
    level: int
    rule: str
    user_id: UUID | None
    prevented: int
    anyway: int
    collisions: int

    @property
    def counts(self) -> GuardCounts:
        return GuardCounts(self.prevented, self.anyway, self.collisions)


def read_guard_score(filters: ReportFilters) -> GuardNumbers:
    """The scores of the span and of the one before; by rule and rep those of the span that are not zero."""
    rows = [ScoreRow(*values) for values in fetch_rows(SCORES, filters)]
    current = [row for row in rows if row.is_current]
    return GuardNumbers(
        total=next((row.counts for row in current if row.level == ALL), GuardCounts()),
        before=next((row.counts for row in rows if row.level == ALL and not row.is_current), GuardCounts()),
        by_rule={row.rule: row.counts for row in current if row.level == BY_RULE and row.counts.any},
        by_rep={row.user_id: row.counts for row in current if row.level == BY_REP and row.counts.any},
    )
