"""What the guard held up in some days and what came of it: the one count of review, analytics, CSV and their rows.

What was not logged counts once for each rep, lead, method and day; what was logged counts once for each contact, voided
ones left out. Under the rules it counts under each that it broke, in the totals once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from crm.models.days import Span
from crm.models.ids import NOBODY
from outreach.models import DecisionKind, Direction
from outreach.reviews.listing import BLOCKING

ALL, BY_RULE, BY_REP = 3, 1, 2

Parameter = UUID | str | datetime | None


class GuardNumber(StrEnum):
    """A number, by the name its rows have in an address."""

    PREVENTED = "prevented"  # not logged, and that rep left that lead alone: it was blocked, or warned about
    BLOCKED = "blocked"
    LEFT_ALONE = "left_alone"
    ANYWAY = "anyway"  # logged with a reason: after a warning, or by a manager over a block
    AFTER_WARNING = "after_warning"
    BLOCK_OVERRIDDEN = "block_overridden"
    COLLISIONS = "collisions"  # recorded because it had happened already
    HELD_UP = "held_up"  # all of them


@dataclass(frozen=True)
class GuardFilters:
    """Whose decisions of which days are counted. method "": any; rep None: everybody's, NOBODY: deleted users'."""

    company_id: UUID
    span: Span
    method: str = ""
    rep: UUID | None = None

    def parameters(self) -> dict[str, Parameter]:
        return {
            "company": self.company_id,
            "zone": str(self.span.zone),
            "since": self.span.since,
            "until": self.span.until,
            "before_since": self.span.before.since,
            "method": self.method,
            "rep": self.rep,
        }


# A refusal after which that rep left that lead alone by that method for the cooldown, or for a day where the method has
# none.
LEFT_ALONE = f"""decision.kind = '{DecisionKind.REFUSED}' AND NOT EXISTS (
    SELECT FROM outreach_contactattempt AS later
    WHERE later.lead_id = decision.lead_id AND later.method = decision.method
      AND later.direction = '{Direction.OUTBOUND}' AND later.voided_at IS NULL AND later.user_id = decision.user_id
      AND later.occurred_at >= decision.created_at
      AND later.occurred_at < decision.created_at
          + make_interval(hours => COALESCE(NULLIF(policy.cooldown_hours, 0), 24)))"""

DECISIONS = f"""
SELECT decision.created_at >= %(since)s AS is_current, decision.id, decision.rule, decision.kind, decision.attempt_id,
       decision.lead_id, decision.method, decision.user_id, decision.created_at,
       (decision.created_at AT TIME ZONE %(zone)s)::date AS day,
       decision.rule IN ({", ".join(f"'{rule}'" for rule in BLOCKING)}) AS blocks, {LEFT_ALONE} AS is_prevented,
       attempt.id IS NOT NULL AND attempt.voided_at IS NULL AS is_logged
FROM outreach_guarddecision AS decision
LEFT JOIN outreach_contactattempt AS attempt ON attempt.id = decision.attempt_id
LEFT JOIN outreach_contactpolicy AS policy
       ON policy.company_id = decision.company_id AND policy.method = decision.method
WHERE decision.company_id = %(company)s
  AND decision.created_at >= {{since}} AND decision.created_at < %(until)s
  AND (%(method)s = '' OR decision.method = %(method)s)
  AND (%(rep)s::uuid IS NULL OR COALESCE(decision.user_id, '{NOBODY}') = %(rep)s)
"""
IN_SPAN = DECISIONS.format(since="%(since)s")

IS_OVERRIDDEN = f"is_logged AND kind = '{DecisionKind.OVERRIDDEN}'"
IS_COLLISION = f"is_logged AND kind = '{DecisionKind.COLLISION}'"
PREVENTED = "count(DISTINCT (user_id, lead_id, method, day)) FILTER (WHERE is_prevented{0})"
OVERRIDDEN = f"count(DISTINCT attempt_id) FILTER (WHERE {IS_OVERRIDDEN}{{0}})"

COUNTS = f"""
SELECT is_current, GROUPING(rule, user_id) AS level, rule, user_id,
       {PREVENTED.format("")}, {PREVENTED.format(" AND blocks")},
       {OVERRIDDEN.format("")}, {OVERRIDDEN.format(" AND blocks")},
       count(DISTINCT attempt_id) FILTER (WHERE {IS_COLLISION})
FROM ({DECISIONS.format(since="%(before_since)s")}) AS decided
GROUP BY GROUPING SETS ((is_current), (is_current, rule), (is_current, user_id))
"""


@dataclass(frozen=True)
class GuardCounts:
    """What was prevented and what was logged anyway, each by whether a rule that blocks was among those it broke."""

    blocked: int = 0
    left_alone: int = 0
    after_warning: int = 0
    block_overridden: int = 0
    collisions: int = 0

    @property
    def prevented(self) -> int:
        return self.blocked + self.left_alone

    @property
    def anyway(self) -> int:
        return self.after_warning + self.block_overridden

    @property
    def held_up(self) -> int:
        return self.prevented + self.anyway + self.collisions

    def of(self, number: GuardNumber) -> int:
        count: int = getattr(self, number)
        return count


@dataclass(frozen=True)
class GuardNumbers:
    """The counts of a span of days, of as many days before it, and of the span those of each rule and rep."""

    total: GuardCounts = GuardCounts()
    before: GuardCounts = GuardCounts()
    by_rule: dict[str, GuardCounts] = field(default_factory=dict)
    by_rep: dict[UUID | None, GuardCounts] = field(default_factory=dict)


class GuardCountsRow(NamedTuple):
    """A row of COUNTS. Of rule and user only the one the level is named for has a value."""

    is_current: bool
    level: int
    rule: str
    user_id: UUID | None
    prevented: int
    blocked: int
    anyway: int
    block_overridden: int
    collisions: int

    @property
    def counts(self) -> GuardCounts:
        return GuardCounts(
            blocked=self.blocked,
            left_alone=self.prevented - self.blocked,
            after_warning=self.anyway - self.block_overridden,
            block_overridden=self.block_overridden,
            collisions=self.collisions,
        )


def read_guard_numbers(filters: GuardFilters) -> GuardNumbers:
    """All of it in one query; by rule and rep those that are not zero."""
    rows = [GuardCountsRow(*values) for values in fetch(COUNTS, filters.parameters())]
    current = [row for row in rows if row.is_current]
    return GuardNumbers(
        total=next((row.counts for row in current if row.level == ALL), GuardCounts()),
        before=next((row.counts for row in rows if row.level == ALL and not row.is_current), GuardCounts()),
        by_rule={row.rule: row.counts for row in current if row.level == BY_RULE and row.counts.held_up},
        by_rep={row.user_id: row.counts for row in current if row.level == BY_REP and row.counts.held_up},
    )


def fetch(statement: str, parameters: Mapping[str, Parameter]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# The rows a number counts, as the id of each and when. They take one parameter more: a rule, or "" for any.
OF_RULE = "(%(rule)s = '' OR rule = %(rule)s)"
NEWEST = "(array_agg(id ORDER BY created_at DESC, id DESC))[1] AS id, max(created_at) AS at"


def held_back(having: str = "true") -> str:
    """The newest decision about each contact that was prevented."""
    return f"""
        SELECT {NEWEST} FROM ({IN_SPAN}) AS decided WHERE is_prevented AND {OF_RULE}
        GROUP BY user_id, lead_id, method, day HAVING {having}"""


def logged(condition: str, having: str = "true") -> str:
    """Each contact that was logged against the guard, on the day of that decision."""
    return f"""
        SELECT attempt_id AS id, min(created_at) AS at FROM ({IN_SPAN}) AS decided
        WHERE {condition} AND {OF_RULE} GROUP BY attempt_id HAVING {having}"""


HELD_UP = f"""
{held_back()} UNION ALL
SELECT {NEWEST} FROM ({IN_SPAN}) AS decided WHERE is_logged AND {OF_RULE} GROUP BY attempt_id, kind"""

ROWS: dict[GuardNumber, str] = {
    GuardNumber.PREVENTED: held_back(),
    GuardNumber.BLOCKED: held_back("bool_or(blocks)"),
    GuardNumber.LEFT_ALONE: held_back("NOT bool_or(blocks)"),
    GuardNumber.ANYWAY: logged(IS_OVERRIDDEN),
    GuardNumber.AFTER_WARNING: logged(IS_OVERRIDDEN, "NOT bool_or(blocks)"),
    GuardNumber.BLOCK_OVERRIDDEN: logged(IS_OVERRIDDEN, "bool_or(blocks)"),
    GuardNumber.COLLISIONS: logged(IS_COLLISION),
    GuardNumber.HELD_UP: HELD_UP,
}
# Whose ids are those of decisions; the others are contacts.
OF_DECISIONS = {GuardNumber.PREVENTED, GuardNumber.BLOCKED, GuardNumber.LEFT_ALONE, GuardNumber.HELD_UP}
