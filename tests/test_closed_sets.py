"""A closed set is written once, as an enum. Each place that must know all of its members is named here.

Most places are made from the enum and know a new member by themselves; the others say here what they lack. A place that
could not fail would prove nothing, so each is also asked about a member that does not exist.
"""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from analytics.numbers.filters import ReportForm
from analytics.numbers.rows import RowsForm
from crm.login.token_views import TokenForm
from crm.models import Role, Scope, Theme
from crm.pages.forms import ProfileForm
from crm.setup.assets import outline_files, sprite
from crm.urls import api
from leads.api.address import KINDS as ADDRESS_FIELDS
from leads.api.shapes import ADDRESSES
from leads.forms import IDENTIFIER_FIELDS, DoNotContactForm, StatusForm
from leads.imports.rows import NOUNS
from leads.methods import ContactMethod
from leads.models import IdentifierKind, LeadStatus
from leads.templatetags.methods import WORDS
from outreach.demo.texts import FIRST_WORDS, REPLIES
from outreach.guard import Answer, Verdict
from outreach.guard.rules import RULES
from outreach.guard.states import STATES, state_words
from outreach.lists.form import ListForm
from outreach.lists.rows import STATE_ICONS
from outreach.live.events import LiveEvent
from outreach.models import (
    LIMITS,
    WEBHOOK_EVENTS,
    ChangeEvent,
    DecisionKind,
    Direction,
    ReviewVerdict,
    Rule,
)
from outreach.page.contact_form import LogContactForm, QuestionForm
from outreach.page.forms import RemindForm, TimelineForm
from outreach.page.marks import LATER_TITLES, MARK_TITLES
from outreach.policies.form import method_fields
from outreach.policies.policy import DEFAULTS
from outreach.reviews.card import BADGES
from outreach.reviews.listing import KINDS, TABS, ReviewFilters
from outreach.views.review import TOASTS, VerdictForm
from outreach.webhooks.form import WebhookForm
from tests.support.factories import AttemptFactory
from tests.test_architecture import ORDER, files, shown

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
SCRIPTS = {path.name: path.read_text() for path in sorted((ROOT / "static/js").glob("*.js"))}
STYLES = {path.name: path.read_text() for path in sorted((ROOT / "static/css").glob("*.css"))}
ICONS = sprite(outline_files())
DOCUMENT = api.get_openapi_schema()


@dataclass(frozen=True)
class Place:
    """Where the members of a set must be known. but: members that have no business there."""

    where: str
    knows: Callable[..., object]
    but: tuple[str, ...] = ()


class Stranger(enum.StrEnum):
    """What no place can know."""

    TELEPATHY = "telepathy"


def choices(form: type[forms.BaseForm], field: str) -> Callable[[str], bool]:
    return lambda member: member in {str(code) for code, _ in form.base_fields[field].choices}  # type: ignore[attr-defined]


def document(*names: str) -> Callable[[str], bool]:
    """Each of these lists the code: "LeadOut.status" is a field of a shape, "list_leads?status" a parameter."""
    return lambda member: all(member in set(codes(described(name))) for name in names)


def described(name: str) -> object:
    shape, dot, field = name.partition(".")
    if dot:
        return DOCUMENT["components"]["schemas"][shape]["properties"][field]
    called, _, parameter = name.partition("?")
    operations = (operation for path in DOCUMENT["paths"].values() for operation in path.values())
    (operation,) = [one for one in operations if one["operationId"] == called]
    return [one for one in operation["parameters"] if one["name"] == parameter]


def codes(schema: object) -> Iterable[str]:
    if isinstance(schema, dict):
        yield from schema.get("enum", ())
        yield from (code for part in schema.values() for code in codes(part))
    elif isinstance(schema, list):
        yield from (code for part in schema for code in codes(part))


def fields_of(*shapes: str) -> Callable[[str], bool]:
    return lambda member: all(member in DOCUMENT["components"]["schemas"][shape]["properties"] for shape in shapes)


def filled(words: object) -> bool:
    """No word is missing. What is yes or no says something either way, and some words may be empty by default."""
    needed = [field for field in fields(words) if field.default != ""]  # type: ignore[arg-type]
    return all(getattr(words, field.name) != "" for field in needed)


def is_own_key(method: ContactMethod) -> bool:
    """A single letter that does nothing else on a lead's page."""
    keys = [other.words.key for other in ContactMethod]
    taken = {"a", "j", "k", "n", "r", "x", "z"}
    return len(method.words.key) == 1 and keys.count(method.words.key) == 1 and method.words.key not in taken


def heard(event: str) -> bool:
    return any(f'"{event}"' in script for script in SCRIPTS.values())


def styled(member: str, attribute: str, *files: str) -> bool:
    return all(f'[data-{attribute}="{member}"]' in STYLES[file] for file in files)


METHOD_IN_API = [
    "QuestionIn.method", "CheckIn.method", "ClaimOut.method", "ContactIn.method", "AttemptOut.method",
    "LoggedOut.method", "PreviousOut.method", "DecisionOut.method", "ChangeOut.method", "LeadOut.last_contact_method",
    "LeadOut.do_not_contact_methods", "LeadChange.do_not_contact_methods", "ChannelOut.method", "TimeOut.method",
    "list_contacts?method", "list_leads?method", "read_outreach?method", "read_channels?method",
    "read_response_times?method", "read_top_performers?method",
]  # fmt: skip
DIRECTION_IN_API = [
    "QuestionIn.direction", "CheckIn.direction", "ContactIn.direction", "AttemptOut.direction", "LoggedOut.direction",
    "PreviousOut.direction", "ChangeOut.direction", "list_contacts?direction", "read_outreach?direction",
]  # fmt: skip

PLACES: dict[type[enum.Enum], list[Place]] = {
    ContactMethod: [
        Place("its words in leads/methods.py", lambda method: filled(method.words)),
        Place("the keys: leads/methods.py gives each method a free one", is_own_key),
        Place("the sprite of icons", lambda method: f'id="{method.words.icon}"' in ICONS),
        Place("the words for scripts", lambda method: f'"{method}": {{' in WORDS),
        Place("the policy", lambda method: method in DEFAULTS.methods),
        Place("the policy's form", lambda method: all(f"{method}_{name}" in method_fields() for name in LIMITS)),
        Place("the dialog", choices(LogContactForm, "method")),
        Place("what the dialog asks the guard", choices(QuestionForm, "method")),
        Place("reminders", choices(RemindForm, "method")),
        Place("the timeline's filter", choices(TimelineForm, "method")),
        Place("the list's filter", choices(ListForm, "method")),
        Place("what a person asked for", choices(DoNotContactForm, "methods")),
        Place("the report's filter", choices(ReportForm, "method")),
        Place("the API's document, in every shape and parameter", document(*METHOD_IN_API)),
        Place("the API's numbers and limits by method", fields_of("ByMethod", "MethodsOut")),
        Place("README.md, the table of keys", lambda method: f"`{method.words.key.upper()}`" in README),
        Place("README.md, what the keys do", lambda method: method.inline in README),
    ],
    Direction: [
        Place("its meaning in outreach/models/attempts.py", lambda direction: direction.meaning),
        Place("the dialog", choices(LogContactForm, "direction")),
        Place("what the dialog asks the guard", choices(QuestionForm, "direction")),
        Place("the timeline's filter", choices(TimelineForm, "direction")),
        Place("the report's filter", choices(ReportForm, "direction")),
        Place("the API's document, in every shape and parameter", document(*DIRECTION_IN_API)),
    ],
    Rule: [
        Place("its words in outreach/models/rules.py", lambda rule: rule.words.short),
        Place("outreach/guard/rules.py, a function of its name", lambda rule: rule in {one.__name__ for one in RULES}),
        Place("the review's filter", choices(ReviewFilters, "rule"), but=(Rule.OTHER_METHOD,)),
        Place("the filter of the rows behind a number", choices(RowsForm, "rule")),
        Place("the API's document", document("ReasonOut.rule", "DecisionOut.rule", "list_decisions?rule")),
        Place("README.md, the table of rules", lambda rule: f"| `{rule}` |" in README),
    ],
    Answer: [
        Place("outreach/guard/states.py, its state", lambda answer: STATES[answer]),
        Place("outreach/lists/rows.py, its icon", lambda answer: STATE_ICONS[STATES[answer]]),
        Place(
            "the colours of rows and tiles",
            lambda answer: styled(STATES[answer], "state", "guard.css", "choices.css"),
            but=(Answer.ALLOW,),
        ),
        Place("the colours of the verdict", lambda answer: styled(answer, "answer", "verdict.css")),
        Place("the API's document", document("CheckOut.verdict", "ReasonOut.answer")),
    ],
    DecisionKind: [
        Place("the mark under a contact", lambda kind: MARK_TITLES[kind], but=(DecisionKind.REFUSED,)),
        Place("the mark under the earlier one", lambda kind: LATER_TITLES[kind], but=(DecisionKind.REFUSED,)),
        Place("the review's words", lambda kind: KINDS[kind], but=(DecisionKind.REFUSED,)),
        Place("the review's badges", lambda kind: BADGES[kind], but=(DecisionKind.REFUSED,)),
        Place("the review's filter", choices(ReviewFilters, "kind"), but=(DecisionKind.REFUSED,)),
        Place("the API's document", document("DecisionOut.kind", "list_decisions?kind")),
        Place("the API's answer to a contact", document("LoggedOut.decision"), but=(DecisionKind.REFUSED,)),
    ],
    ReviewVerdict: [
        Place("the review's tabs", lambda verdict: TABS[verdict]),
        Place("the review's toasts", lambda verdict: TOASTS[verdict]),
        Place("the review's form", choices(VerdictForm, "verdict")),
        Place("the API's document", document("DecisionOut.review")),
    ],
    LeadStatus: [
        Place("the menu of a lead", choices(StatusForm, "status")),
        Place("the list's filter", choices(ListForm, "status")),
        Place(
            "the API's document", document("LeadOut.status", "LeadIn.status", "LeadChange.status", "list_leads?status")
        ),
    ],
    IdentifierKind: [
        Place("the form of a lead", lambda kind: IDENTIFIER_FIELDS[kind]),
        Place("the API's shapes of a lead", lambda kind: ADDRESSES[kind]),
        Place("the API's ways to name a person", lambda kind: kind in ADDRESS_FIELDS.values()),
        Place("what an import says it cannot read", lambda kind: NOUNS[kind]),
    ],
    LiveEvent: [
        Place("a script that does something about it", heard),
    ],
    ChangeEvent: [
        Place("the API's document", document("ChangeOut.event")),
        Place("the form of a webhook", choices(WebhookForm, "events"), but=(ChangeEvent.CHANGED,)),
        Place("README.md, webhooks", lambda event: f"`{event}`" in README, but=(ChangeEvent.CHANGED,)),
    ],
    Scope: [
        Place("the form of a token", choices(TokenForm, "scope")),
    ],
    Theme: [
        Place("the profile", choices(ProfileForm, "theme")),
        Place(
            "tokens.css, its colours", lambda theme: styled(theme, "theme", "tokens.css"), but=(Theme.SYSTEM,)
        ),
    ],
}  # fmt: skip


EVERY_PLACE = [
    pytest.param(closed, place, id=f"{closed.__name__}: {place.where}")
    for closed, places in PLACES.items()
    for place in places
]


def knows(place: Place, member: object) -> bool:
    try:
        return bool(place.knows(member))
    except (KeyError, AttributeError, ValueError):
        return False


@pytest.mark.parametrize(("closed", "place"), EVERY_PLACE)
def test_every_place_knows_every_member(closed, place):
    unknown = [member.value for member in closed if member not in place.but and not knows(place, member)]
    assert not unknown, f"{closed.__name__}: {place.where} does not know {', '.join(unknown)}"


@pytest.mark.parametrize(("closed", "place"), EVERY_PLACE)
def test_no_place_knows_a_member_that_does_not_exist(closed, place):
    assert not knows(place, Stranger.TELEPATHY), f"{closed.__name__}: {place.where} would never fail"


# Where the database refuses what is no member: each check with its codes.
CHECKS = {
    ContactMethod: [
        "attempt_method_known", "claim_method_known", "policy_method_known", "reminder_method_known",
        "lead_last_contact_method_known", "lead_do_not_contact_methods_known", "daily_method_known",
    ],
    Direction: ["attempt_direction_known", "daily_direction_known"],
    Rule: ["decision_rule_known", "rule_shown_known"],
    DecisionKind: ["decision_kind_known"],
    ReviewVerdict: ["decision_review_has_a_time"],
    LeadStatus: ["lead_status_known", "lead_status_set_known"],
    IdentifierKind: ["identifier_kind_known", "former_identifier_kind_known"],
    Role: ["user_role_known"],
    Scope: ["token_scope_known"],
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("closed", CHECKS)
def test_the_database_takes_every_member_and_nothing_else(closed):
    for name in CHECKS[closed]:
        taken = taken_by(name)
        assert set(closed.values) == taken, f"{closed.__name__}: the check {name} takes {sorted(taken)}"


@pytest.mark.django_db
def test_the_database_takes_the_events_that_a_webhook_may_be_told_of():
    assert {str(event) for event in WEBHOOK_EVENTS} == taken_by("webhook_events_known")


def taken_by(check: str) -> set[str]:
    """The words that this check of the database takes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [check])
        ((definition,),) = cursor.fetchall()
    return set(re.findall(r"'([^']*)'", definition)) - {""}


def lacking(text: str, marks: dict[str, str]) -> list[str]:
    return [code for code, mark in marks.items() if mark not in text]


@pytest.mark.parametrize(
    ("view", "mark"),
    [
        ("lead", 'data-method="{0}"'),  # the guard's rows
        ("lead", ">{key}</kbd>"),  # the dialog of keys
        ("lead", "{inline}"),
        ("contact_new", 'id="method-{0}"'),  # the tiles
        ("policy", 'name="{0}_cooldown_hours"'),
        ("policy_preview", '<th scope="row">{label}</th>'),
        ("analytics", "</svg>{label}</th>"),
        ("lead_do_not_contact", 'value="{0}"'),
        ("lead_list", '<option value="{0}"'),
    ],
)
def test_every_page_shows_every_method(view, mark, mona, lead, signed_in):
    AttemptFactory(lead=lead, user=mona)
    marks = {
        method.value: mark.format(method, key=method.words.key.upper(), label=method.label, inline=method.inline)
        for method in ContactMethod
    }
    about = [lead.id] if view in ("lead", "contact_new", "lead_do_not_contact") else []
    html = signed_in(mona).get(reverse(view, args=about)).content.decode()
    assert not lacking(html, marks), f"ContactMethod: the page {view} does not show {lacking(html, marks)}"
    assert "telepathy" not in html


def test_the_review_offers_every_verdict():
    card = (ROOT / "templates/outreach/review/_card.html").read_text()
    marks = {verdict.value: f'name="verdict" value="{verdict}"' for verdict in ReviewVerdict}
    assert not lacking(card, marks), f"ReviewVerdict: _card.html has no button for {lacking(card, marks)}"


def test_every_state_has_words():
    verdict = Verdict(now=timezone.now())
    for state in (*STATES.values(), "dnc"):
        assert state_words(state, verdict), f"Answer: outreach/guard/states.py has no words for {state}"


def test_every_method_that_the_demo_tells_of_is_answered():
    silent = [method.value for method in FIRST_WORDS if not REPLIES.get(method)]
    assert not silent, f"ContactMethod: outreach/demo/words/ has no answers for {silent}"


# The other way round: what is named outside of Python is a member.


def section(title: str) -> str:
    return README.partition(f"\n{title}\n")[2].partition("\n## ")[0]


def named(pattern: str, texts: dict[str, str]) -> dict[str, str]:
    """Each code that the pattern finds, with a file that names it."""
    return {code: name for name, text in texts.items() for code in re.findall(pattern, text)}


@pytest.mark.parametrize(
    ("closed", "pattern", "texts"),
    [
        (LiveEvent, r'"((?:lead|note|policy|guard):[a-z]+)"', SCRIPTS),
        (ContactMethod, r'data-method="(\w+)"', STYLES),
        (Theme, r'data-theme="(\w+)"', STYLES),
        (LeadStatus, r"\.status-(\w+)", STYLES),
        (Rule, r"(?m)^\| `(\w+)` \|", {"README.md": section("## The guard")}),
    ],
)
def test_scripts_styles_and_tables_name_members_only(closed, pattern, texts):
    strangers = {code: name for code, name in named(pattern, texts).items() if code not in set(closed)}
    assert not strangers, f"{closed.__name__}: no member is called {strangers}"


def test_the_defaults_of_methods_are_those_of_methods():
    assert set(settings.CONTACT_POLICY_DEFAULTS) <= set(ContactMethod.values)


@pytest.mark.parametrize("source", sorted((ROOT / "leads/imports").glob("*.toml")), ids=lambda path: path.stem)
def test_an_import_maps_onto_members(source):
    mapping = tomllib.loads(source.read_text())
    mapped = {
        LeadStatus: mapping["leads"]["statuses"].values(),
        IdentifierKind: mapping["leads"]["identifiers"],
        Direction: mapping["calls"]["directions"].values(),
    }
    strangers = {closed.__name__: set(codes) - set(closed.values) for closed, codes in mapped.items()}
    assert not any(strangers.values()), f"{source.name} names no members: {strangers}"


# Words that are codes of a set and of nothing else: written in a statement or a list they would be written twice.
# The enums themselves, settings and old migrations spell them, and imports and examples speak to people.
UNMISTAKABLE = {
    ContactMethod: set(ContactMethod.values) - {"email", "call", "other"},
    Direction: set(Direction.values),
    DecisionKind: {"refused", "overridden"},
    LeadStatus: {"enriched", "conversing", "qualified", "converted"},
    Rule: {"unseen", "recent", "other_method"},
    ChangeEvent: set(ChangeEvent.values),
}
HOMES = {
    "leads/methods.py", "leads/models.py", "outreach/models/attempts.py", "outreach/models/changes.py",
    "outreach/models/decisions.py", "outreach/models/rules.py",
}  # fmt: skip


@cache
def sources() -> dict[str, str]:
    paths = (path for app in ORDER for path in files(app) if shown(path) not in HOMES)
    return {shown(path): path.read_text() for path in paths}


@pytest.mark.parametrize("closed", UNMISTAKABLE, ids=lambda closed: closed.__name__)
def test_no_code_is_written_a_second_time(closed):
    spelled = re.compile(rf"""(["'])({"|".join(sorted(UNMISTAKABLE[closed]))})\1(?!:)""")
    found = [f"{name}: {match[2]}" for name, text in sources().items() for match in spelled.finditer(text)]
    assert not found, f"{closed.__name__} is written out in {found}: take it from the enum"


def test_no_template_spells_a_direction():
    spelled = re.compile(rf"""["']({"|".join(Direction.values)})["']""")
    texts = {shown(path): path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    found = [f"{name}: {match[1]}" for name, text in texts.items() for match in spelled.finditer(text)]
    assert not found, f"Direction: codes and words come from outreach/models/attempts.py, not from {found}"


def test_no_script_and_no_template_knows_the_methods_by_heart():
    spelled = re.compile(rf"""\b({"|".join(sorted(UNMISTAKABLE[ContactMethod]))})\b""")
    texts = SCRIPTS | {shown(path): path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    found = [f"{name}: {match[1]}" for name, text in texts.items() for match in spelled.finditer(text)]
    assert not found, f"ContactMethod: codes and words come from leads/methods.py, not from {found}"
