"""The rows behind the numbers: contacts, persons and refusals, each a list by keyset with the count it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.db import connection

from analytics.numbers.contacts import FIRST_CONTACTS, IN_SPAN, LINKS, PERSON, read_links
from analytics.numbers.filters import Asked, ReportForm
from analytics.numbers.guard_score import DECIDED
from analytics.numbers.queries import average_seconds, read_counts
from crm.pages.keyset import End, read_end, write_end
from outreach.guard.reading import NAME
from outreach.models import Rule
from outreach.reviews.listing import RULE_WORDS

PAGE_SIZE = 50
LEAD = f"{NAME} AS lead_name, lead.organization, lead.deleted_at IS NULL AS has_page"

IS_FIRST = f"contact.id IN (SELECT id FROM ({FIRST_CONTACTS}) AS first_contact)"
IS_LATER = f"contact.direction = 'outbound' AND NOT {IS_FIRST}"
IS_FRESH = "contact.direction = 'outbound' AND NOT contact.responded AND contact.occurred_at > %(fresh_since)s"
AT_HOUR = """(%(weekday)s::int IS NULL OR extract(isodow FROM contact.response_at AT TIME ZONE %(zone)s) = %(weekday)s)
  AND (%(hour)s::int IS NULL OR extract(hour FROM contact.response_at AT TIME ZONE %(zone)s) = %(hour)s)"""


def contacts(narrowed: str) -> str:
    return f"SELECT contact.id, contact.occurred_at AS at FROM ({IN_SPAN}) AS contact WHERE {narrowed} AND {AT_HOUR}"


def decided(kind: str) -> str:
    """Contacts the guard had something against; they count on the day it was decided."""
    return f"""
        SELECT attempt_id AS id, min(created_at) AS at FROM ({DECIDED}) AS decided
        WHERE kind = '{kind}' AND is_live AND (%(rule)s = '' OR rule = %(rule)s) GROUP BY attempt_id"""


def people(having: str) -> str:
    return f"""
        SELECT {PERSON} AS id, max(contact.occurred_at) AS at
        FROM ({IN_SPAN}) AS contact {LINKS} GROUP BY 1 HAVING {having}"""


# One for each rep, lead, method and day, as they are counted.
PREVENTED = f"""
SELECT (array_agg(id ORDER BY created_at DESC, id DESC))[1] AS id, max(created_at) AS at
FROM ({DECIDED}) AS decided WHERE is_prevented AND (%(rule)s = '' OR rule = %(rule)s)
GROUP BY user_id, lead_id, method, day"""


@dataclass(frozen=True)
class Kind:
    """Rows behind a number: their title, which they are, and what is shown of each."""

    title: str
    found: str
    shown: str


ATTEMPTS = f"""
SELECT found.at, found.id, attempt.lead_id, {LEAD}, attempt.user_id, attempt.user_name, attempt.method,
       attempt.direction, attempt.subject AS words, attempt.occurred_at, attempt.response_at
FROM found JOIN outreach_contactattempt AS attempt ON attempt.id = found.id
JOIN leads_lead AS lead ON lead.id = attempt.lead_id"""
PEOPLE = f"""
SELECT found.at, found.id, last.lead_id, {LEAD}, last.user_id, last.user_name, last.method, last.direction,
       last.subject AS words, last.occurred_at, last.response_at
FROM found CROSS JOIN LATERAL (
    SELECT contact.id FROM ({IN_SPAN}) AS contact {LINKS}
    WHERE {PERSON} = found.id AND contact.occurred_at = found.at ORDER BY contact.id DESC LIMIT 1
) AS newest
JOIN outreach_contactattempt AS last ON last.id = newest.id
JOIN leads_lead AS lead ON lead.id = last.lead_id"""
REFUSALS = f"""
SELECT found.at, found.id, decision.lead_id, {LEAD}, decision.user_id, decision.user_name, decision.method,
       'outbound' AS direction, decision.sentence AS words, decision.created_at AS occurred_at,
       NULL::timestamptz AS response_at
FROM found JOIN outreach_guarddecision AS decision ON decision.id = found.id
JOIN leads_lead AS lead ON lead.id = decision.lead_id"""

KINDS = {
    "": Kind("Contacts", contacts("true"), ATTEMPTS),
    "answered": Kind("Answered contacts", contacts("contact.responded"), ATTEMPTS),
    "fresh": Kind("Contacts whose answers may still come", contacts(IS_FRESH), ATTEMPTS),
    "first": Kind("First contacts", contacts(IS_FIRST), ATTEMPTS),
    "first_answered": Kind(
        "First contacts that were answered", contacts(f"contact.responded AND {IS_FIRST}"), ATTEMPTS
    ),
    "later": Kind("Follow-ups", contacts(IS_LATER), ATTEMPTS),
    "later_answered": Kind("Follow-ups that were answered", contacts(f"contact.responded AND {IS_LATER}"), ATTEMPTS),
    "people": Kind("People contacted", people("true"), PEOPLE),
    "people_answered": Kind("People who answered", people("bool_or(contact.responded)"), PEOPLE),
    "prevented": Kind("Duplicates prevented", PREVENTED, REFUSALS),
    "anyway": Kind("Contacts logged anyway", decided("overridden"), ATTEMPTS),
    "collisions": Kind("Collisions", decided("collision"), ATTEMPTS),
}

PAGE = f"""
WITH all_found AS MATERIALIZED ({{found}}), found AS (
    SELECT * FROM all_found WHERE %(before_at)s::timestamptz IS NULL OR (at, id) < (%(before_at)s, %(before_id)s::uuid)
    ORDER BY at DESC, id DESC LIMIT {PAGE_SIZE + 1}
)
SELECT (SELECT count(*) FROM all_found) AS total, shown.* FROM ({{shown}}) AS shown ORDER BY at DESC, id DESC
"""


class RowsForm(ReportForm):
    """The filters of the report, and which of its numbers the rows are wanted for."""

    show = forms.ChoiceField(required=False, choices=[(code, kind.title) for code, kind in KINDS.items()])
    rule = forms.ChoiceField(required=False, choices=[("", "Any rule"), *Rule.choices])
    weekday = forms.IntegerField(required=False, min_value=1, max_value=7)
    hour = forms.IntegerField(required=False, min_value=0, max_value=23)
    before = forms.CharField(required=False, max_length=100)

    def narrowed(self) -> dict[str, object]:
        """What is asked beyond the report's own filters."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in ("show", "rule", "weekday", "hour")}

    def place(self) -> End | None:
        """Where the page before ended; None for the first page, also when this names no place."""
        self.is_valid()
        return read_end(self.cleaned_data.get("before"))


@dataclass(frozen=True)
class Row:
    """One line: who, whom, how, when. For a refusal `words` is the guard's sentence."""

    total: int
    at: datetime
    id: UUID
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
class Page:
    title: str
    total: int
    rows: list[Row]
    next: str


def read_page(form: RowsForm, asked: Asked) -> Page:
    """One page of the rows that a number counts."""
    said = form.narrowed()
    kind = KINDS[str(said["show"] or "")]
    before_at, before_id = form.place() or (None, None)
    given = {**asked.parameters(), **read_links(asked.company_id).parameters(), **fresh_since(asked, said)}
    given |= {"rule": said["rule"] or "", "weekday": said["weekday"], "hour": said["hour"]}
    rows = fetch(
        PAGE.format(found=kind.found, shown=kind.shown), {**given, "before_at": before_at, "before_id": before_id}
    )
    shown = rows[:PAGE_SIZE]
    last = shown[-1] if len(rows) > PAGE_SIZE else None
    return Page(
        title=kind.title,
        total=rows[0].total if rows else 0,
        rows=shown,
        next=write_end(last.at, last.id) if last else "",
    )


def fresh_since(asked: Asked, said: Mapping[str, object]) -> dict[str, datetime]:
    """From when on contacts are fresh, read only where it is asked for."""
    average = average_seconds(read_counts(asked).total) if said["show"] == "fresh" else None
    return {"fresh_since": asked.now - timedelta(seconds=average or 0)}


def fetch(statement: str, given: Mapping[str, object]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [Row(*values) for values in cursor.fetchall()]


def narrowed_words(said: Mapping[str, object]) -> str:
    """ "cooldown, answered on Tuesdays from 9 to 10"."""
    words = [RULE_WORDS.get(said["rule"], "")] if said["rule"] else []
    if said["weekday"]:
        words.append(f"answered on {WEEKDAYS[int(str(said['weekday'])) - 1]}s")
    if said["hour"] is not None:
        words.append(f"from {said['hour']:02}:00 to {said['hour']:02}:59")
    return ", ".join(words)


WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
