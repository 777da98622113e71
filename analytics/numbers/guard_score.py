"""What the guard did for the company: second messages it prevented, and what went out all the same, by rule and rep."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from analytics.numbers.contacts import ask, of_rep
from analytics.numbers.filters import Asked
from analytics.numbers.queries import of_level
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
SELECT is_current, GROUPING(rule, user_id), rule, user_id,
       count(DISTINCT (user_id, lead_id, method, day)) FILTER (WHERE is_prevented),
       count(DISTINCT attempt_id) FILTER (WHERE kind = 'overridden' AND is_live),
       count(DISTINCT attempt_id) FILTER (WHERE kind = 'collision' AND is_live)
FROM ({DECISIONS.format(since="%(before_since)s")}) AS decided
GROUP BY GROUPING SETS ((is_current), (is_current, rule), (is_current, user_id))
"""


@dataclass(frozen=True)
class Score:
    """prevented: second messages that were not sent. Logged anyway and collisions count contacts, none voided."""

    prevented: int = 0
    anyway: int = 0
    collisions: int = 0

    @property
    def any(self) -> int:
        return self.prevented + self.anyway + self.collisions


@dataclass(frozen=True)
class GuardScore:
    """A contact that broke two rules counts under both, and once in the total."""

    total: Score = Score()
    before: Score = Score()
    by_rule: dict[str, Score] = field(default_factory=dict)
    by_rep: dict[UUID | None, Score] = field(default_factory=dict)


def read_guard_score(asked: Asked) -> GuardScore:
    lines = {
        (current, level, rule or user_id): Score(*counts)
        for current, level, rule, user_id, *counts in ask(SCORES, asked)
    }
    return GuardScore(
        total=lines.get((True, ALL, None), Score()),
        before=lines.get((False, ALL, None), Score()),
        by_rule=told(lines, BY_RULE),
        by_rep=told(lines, BY_REP),
    )


def told(lines: dict[tuple, Score], level: int) -> dict:
    """Of these lines those that come to something."""
    return {key: score for key, score in of_level(lines, level).items() if score.any}
