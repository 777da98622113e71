"""The rows behind the numbers: contacts, persons and refusals, each a list by keyset with the count it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django import forms

from analytics.numbers.contacts import FIRST_CONTACTS, IN_SPAN, LINKS, PERSON, read_links
from analytics.numbers.filters import ReportFilters, ReportForm
from analytics.numbers.queries import average_seconds, fetch_rows, read_counts
from crm.pages.keyset import End, read_end, write_end
from crm.text import counted
from outreach.guard.reading import NAME
from outreach.models import Direction, Rule
from outreach.reviews.guard_counts import OF_DECISIONS, ROWS, GuardNumber

PAGE_SIZE = 50
LEAD = f"{NAME} AS lead_name, lead.organization, lead.deleted_at IS NULL AS has_page"

IS_FIRST = f"contact.id IN (SELECT id FROM ({FIRST_CONTACTS}) AS first_contact)"
IS_LATER = f"contact.direction = '{Direction.OUTBOUND}' AND NOT {IS_FIRST}"
IS_FRESH = (
    f"contact.direction = '{Direction.OUTBOUND}' AND NOT contact.responded AND contact.occurred_at > %(fresh_since)s"
)
AT_HOUR = """(%(weekday)s::int IS NULL OR extract(isodow FROM contact.response_at AT TIME ZONE %(zone)s) = %(weekday)s)
  AND (%(hour)s::int IS NULL OR extract(hour FROM contact.response_at AT TIME ZONE %(zone)s) = %(hour)s)"""


def contacts(condition: str) -> str:
    return f"SELECT contact.id, contact.occurred_at AS at FROM ({IN_SPAN}) AS contact WHERE {condition} AND {AT_HOUR}"


def people(having: str) -> str:
    return f"""
        SELECT {PERSON} AS id, max(contact.occurred_at) AS at
        FROM ({IN_SPAN}) AS contact {LINKS} GROUP BY 1 HAVING {having}"""


@dataclass(frozen=True)
class RowsKind:
    """Rows behind a number: their title for one and for many, a SELECT of which they are, and one of what is shown."""

    one: str
    title: str
    picked: str
    shown: str


ATTEMPTS = f"""
SELECT picked.at, picked.id, attempt.id AS attempt_id, attempt.lead_id, {LEAD}, attempt.user_id, attempt.user_name,
       attempt.method, attempt.direction, attempt.subject AS words, attempt.occurred_at, attempt.response_at
FROM picked JOIN outreach_contactattempt AS attempt ON attempt.id = picked.id
JOIN leads_lead AS lead ON lead.id = attempt.lead_id"""
PEOPLE = f"""
SELECT picked.at, picked.id, last.id AS attempt_id, last.lead_id, {LEAD}, last.user_id, last.user_name,
       last.method, last.direction, last.subject AS words, last.occurred_at, last.response_at
FROM picked CROSS JOIN LATERAL (
    SELECT contact.id FROM ({IN_SPAN}) AS contact {LINKS}
    WHERE {PERSON} = picked.id AND contact.occurred_at = picked.at ORDER BY contact.id DESC LIMIT 1
) AS newest
JOIN outreach_contactattempt AS last ON last.id = newest.id
JOIN leads_lead AS lead ON lead.id = last.lead_id"""
DECISIONS = f"""
SELECT picked.at, picked.id, decision.attempt_id, decision.lead_id, {LEAD}, decision.user_id, decision.user_name,
       decision.method, '{Direction.OUTBOUND}' AS direction, decision.sentence AS words,
       decision.created_at AS occurred_at, NULL::timestamptz AS response_at
FROM picked JOIN outreach_guarddecision AS decision ON decision.id = picked.id
JOIN leads_lead AS lead ON lead.id = decision.lead_id"""

GUARD_TITLES = {
    GuardNumber.PREVENTED: ("Duplicate prevented", "Duplicates prevented"),
    GuardNumber.BLOCKED: ("Duplicate refused outright", "Duplicates refused outright"),
    GuardNumber.LEFT_ALONE: ("Lead left alone after a warning", "Leads left alone after a warning"),
    GuardNumber.ANYWAY: ("Contact logged anyway", "Contacts logged anyway"),
    GuardNumber.AFTER_WARNING: ("Contact logged anyway after a warning", "Contacts logged anyway after a warning"),
    GuardNumber.BLOCK_OVERRIDDEN: ("Contact logged over a block", "Contacts logged over a block"),
    GuardNumber.COLLISIONS: ("Collision", "Collisions"),
    GuardNumber.HELD_UP: ("Contact the guard held up", "Contacts the guard held up"),
}

KINDS = {
    "": RowsKind("Contact", "Contacts", contacts("true"), ATTEMPTS),
    "answered": RowsKind("Answered contact", "Answered contacts", contacts("contact.responded"), ATTEMPTS),
    "fresh": RowsKind("Contact without an answer yet", "Contacts without an answer yet", contacts(IS_FRESH), ATTEMPTS),
    "first": RowsKind("First contact", "First contacts", contacts(IS_FIRST), ATTEMPTS),
    "first_answered": RowsKind(
        "First contact that was answered", "First contacts that were answered",
        contacts(f"contact.responded AND {IS_FIRST}"), ATTEMPTS,
    ),
    "later": RowsKind("Follow-up", "Follow-ups", contacts(IS_LATER), ATTEMPTS),
    "later_answered": RowsKind(
        "Follow-up that was answered", "Follow-ups that were answered",
        contacts(f"contact.responded AND {IS_LATER}"), ATTEMPTS,
    ),
    "people": RowsKind("Person contacted", "People contacted", people("true"), PEOPLE),
    "people_answered": RowsKind(
        "Person who answered", "People who answered", people("bool_or(contact.responded)"), PEOPLE
    ),
    **{
        number.value: RowsKind(*titles, ROWS[number], DECISIONS if number in OF_DECISIONS else ATTEMPTS)
        for number, titles in GUARD_TITLES.items()
    },
}  # fmt: skip

ROWS_PAGE = f"""
WITH all_picked AS MATERIALIZED ({{picked}}), picked AS (
    SELECT * FROM all_picked WHERE %(before_at)s::timestamptz IS NULL OR (at, id) < (%(before_at)s, %(before_id)s::uuid)
    ORDER BY at DESC, id DESC LIMIT {PAGE_SIZE + 1}
)
SELECT (SELECT count(*) FROM all_picked) AS total, shown.* FROM ({{shown}}) AS shown ORDER BY at DESC, id DESC
"""


@dataclass(frozen=True)
class Narrowing:
    """Which of the report's contacts, persons or refusals the rows are: of which number, rule, weekday and hour."""

    show: str
    rule: str
    weekday: int | None  # Monday is 1
    hour: int | None


class RowsForm(ReportForm):
    """The filters of the report, and the number whose rows are shown."""

    show = forms.ChoiceField(required=False, choices=[(code, kind.title) for code, kind in KINDS.items()])
    rule = forms.ChoiceField(required=False, choices=[("", "Any rule"), *Rule.choices])
    weekday = forms.IntegerField(required=False, min_value=1, max_value=7)
    hour = forms.IntegerField(required=False, min_value=0, max_value=23)
    before = forms.CharField(required=False, max_length=100)

    def narrowing(self) -> Narrowing:
        """The filters beyond the report's own; one that is not valid counts as left out."""
        self.is_valid()
        values = self.cleaned_data
        return Narrowing(
            show=values.get("show") or "",
            rule=values.get("rule") or "",
            weekday=values.get("weekday"),
            hour=values.get("hour"),
        )

    def end(self) -> End | None:
        """Where the page before ended; None for the first page, also when the text names none."""
        self.is_valid()
        return read_end(self.cleaned_data.get("before"))


@dataclass(frozen=True)
class NumbersRow:
    """One row: who, whom, how, when. For a refusal `words` is the guard's sentence."""

    total: int
    at: datetime
    id: UUID
    attempt_id: UUID | None  # a refusal has none
    lead_id: UUID
    lead_name: str
    organization: str
    has_page: bool
    user_id: UUID | None
    user_name: str
    method: str
    direction: str
    words: str
    occurred_at: datetime
    response_at: datetime | None


@dataclass(frozen=True)
class NumbersPage:
    """One page of the rows behind a number. next: the end of this page as an address has it; "" on the last page."""

    title: str
    heading: str  # "112 contacts"
    total: int
    rows: list[NumbersRow]
    next: str


def read_page(form: RowsForm, filters: ReportFilters) -> NumbersPage:
    """One page of the rows that a number counts."""
    narrowing, end = form.narrowing(), form.end()
    kind = KINDS[narrowing.show]
    values = fetch_rows(
        ROWS_PAGE.format(picked=kind.picked, shown=kind.shown),
        filters,
        **read_links(filters.company_id).parameters(),
        fresh_since=fresh_since(filters, narrowing),
        rule=narrowing.rule,
        weekday=narrowing.weekday,
        hour=narrowing.hour,
        before_at=end.at if end else None,
        before_id=end.id if end else None,
    )
    rows = [NumbersRow(*row) for row in values]
    shown = rows[:PAGE_SIZE]
    last = shown[-1] if len(rows) > PAGE_SIZE else None
    total = rows[0].total if rows else 0
    return NumbersPage(
        title=kind.title,
        heading=counted(total, kind.one.lower(), kind.title.lower()),
        total=total,
        rows=shown,
        next=write_end(last.at, last.id) if last else "",
    )


def fresh_since(filters: ReportFilters, narrowing: Narrowing) -> datetime:
    """From when on contacts are fresh; read only for the rows that need it."""
    average = average_seconds(read_counts(filters).total) if narrowing.show == "fresh" else None
    return filters.now - timedelta(seconds=average or 0)
