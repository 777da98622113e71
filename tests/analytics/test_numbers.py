"""Every number of report, CSV, page and JSON against a recount in plain Python, on random histories around the days
on which clocks change."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from random import Random

import pytest
from django.db import connection
from django.http import QueryDict

from analytics.invariants import daily_numbers
from analytics.numbers.filters import ReportFilters, ReportForm
from analytics.numbers.founding import by_channel, outreach, response_time, top_performers
from analytics.numbers.report import read_report
from analytics.page.tables import TABLES, as_csv
from leads.addresses import clean_identifiers, set_identifiers
from leads.methods import ContactMethod
from leads.models import LeadStatus
from outreach.contacts.actions import mark_responded, void_contact
from outreach.models import ContactAttempt, ContactPolicy, GuardDecision, Rule
from tests.support.factories import CompanyFactory, LeadFactory, UserFactory
from tests.support.recount import Recount

pytestmark = pytest.mark.django_db

# A zone and a day on which its clock changes; Kolkata's never does, and half an hour is off from the others'.
CHANGES = [
    ("Europe/Berlin", date(2025, 3, 30)),
    ("America/New_York", date(2025, 11, 2)),
    ("Asia/Kolkata", date(2025, 5, 1)),
    ("Australia/Lord_Howe", date(2025, 4, 6)),
    ("Pacific/Chatham", date(2025, 9, 28)),
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class RandomHistory:
    """A company with reps, leads of which some are one person, contacts, answers, voids and decisions."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        zone, self.change = CHANGES[seed % len(CHANGES)]
        self.company = CompanyFactory(time_zone=zone)
        self.reps = [UserFactory(company=self.company, first_name=name) for name in ("=1+1", "Bo", "Cy")]
        self.manager = UserFactory(company=self.company, role="manager", last_name="Di")
        self.leads = [LeadFactory(company=self.company, status=self.rng.choice(LeadStatus.values)) for _ in range(8)]
        for number, lead in enumerate(self.leads[:5]):
            # 0 to 3 are one person by way of 1 and 2, and 4 is somebody else.
            linked = {1: "c@x.example", 2: "c@x.example"}.get(number, f"b{number}@x.example")
            addresses = self.rng.sample([f"a{number // 2}@x.example", linked], 2)
            set_identifiers(lead, "email", clean_identifiers("email", "\n".join(addresses), "US"))
        ContactPolicy.objects.create(company=self.company, method="email", cooldown_hours=30, warning_days=7)
        self.attempts = [self.contact() for _ in range(60)]
        # Within the cooldown of 30 hours, though not of a day, the same rep goes on.
        self.held = [one for one in self.attempts if one.user and one.method == "email" and one.direction == "outbound"]
        self.attempts += [self.again(one) for one in self.held[:6]]
        ContactAttempt.objects.bulk_create(self.attempts)
        self.decide()
        self.change_minds()

    def moment(self) -> datetime:
        noon = datetime(self.change.year, self.change.month, self.change.day, 12, tzinfo=UTC)
        # On whole minutes, so that some contacts happen at one instant.
        return noon + timedelta(minutes=self.rng.randint(-4 * 1440, 4 * 1440) // 7 * 7)

    def contact(self) -> ContactAttempt:
        rng, at = self.rng, self.moment()
        user, direction = rng.choice([*self.reps, None]), rng.choice(["outbound"] * 4 + ["inbound"])
        answered = direction == "outbound" and rng.random() < 0.4
        return ContactAttempt(
            company=self.company, lead=rng.choice(self.leads), user=user, user_name="x", direction=direction,
            method=rng.choice(["email", "email", "call", "sms"]), occurred_at=at, created_at=at, responded=answered,
            response_at=at + timedelta(seconds=rng.randint(0, 200_000)) if answered else None,
        )  # fmt: skip

    def again(self, one: ContactAttempt) -> ContactAttempt:
        at = one.occurred_at + timedelta(hours=29)
        common = {"company": self.company, "lead": one.lead, "user": one.user, "user_name": "x", "method": "email"}
        return ContactAttempt(**common, direction="outbound", occurred_at=at, created_at=at)

    def decide(self) -> None:
        rng = self.rng
        rows = [self.refused(one) for one in self.held[:6]]
        for number in range(30):
            attempt = rng.choice(self.attempts)
            kind = rng.choice(["refused", "refused", "overridden", "collision"])
            rows.append(
                GuardDecision(
                    company=self.company,
                    lead=attempt.lead,
                    user=attempt.user,
                    user_name="x",
                    kind=kind,
                    rule=rng.choice([Rule.COOLDOWN, Rule.RECENT, Rule.CLAIMED]),
                    method=attempt.method,
                    sentence="no",
                    earlier_attempt=attempt,
                    attempt=None if kind == "refused" else attempt,
                    reason="" if kind == "refused" else "a new deal",
                    created_at=attempt.occurred_at + timedelta(hours=number % 3 * 20),
                )  # fmt: skip
            )
        GuardDecision.objects.bulk_create(rows)

    def refused(self, attempt: ContactAttempt) -> GuardDecision:
        common = {
            "company": self.company,
            "lead": attempt.lead,
            "user": attempt.user,
            "user_name": "x",
            "method": "email",
        }
        at = attempt.occurred_at + timedelta(hours=2)
        return GuardDecision(**common, kind="refused", rule=Rule.COOLDOWN, sentence="no", created_at=at)

    def change_minds(self) -> None:
        """Late answers, answers taken back, voids; the verbs do it."""
        for attempt in self.rng.sample(self.attempts, 18):
            if self.rng.random() < 0.4:
                void_contact(attempt_id=attempt.id, user=self.manager, reason="wrong")
            elif attempt.direction == "outbound":
                late = attempt.occurred_at + timedelta(hours=self.rng.randint(0, 90))
                responded = not attempt.responded or self.rng.random() < 0.3
                mark_responded(
                    attempt_id=attempt.id,
                    user=self.manager,
                    responded=responded,
                    response_at=late if responded else None,
                )

    def params(self) -> dict[str, str]:
        """Query parameters of a report around the day the clock changes."""
        rng = self.rng
        first = self.change + timedelta(days=rng.randint(-3, 1))
        params = {"from_date": str(first), "to_date": str(first + timedelta(days=rng.randint(0, 3)))}
        if rng.random() < 0.4:
            params["method"] = rng.choice(["email", "call"])
        if rng.random() < 0.4:
            params["user_id"] = str(rng.choice(self.reps).id)
        return {**params, "direction": rng.choice(["", "", "all", "inbound"])}


def tables_of(history: RandomHistory, count: Recount) -> dict[str, list[list]]:
    """The expected lines of each table's CSV, without its head."""
    methods, days = count.grouped(lambda one: one.method), count.grouped(lambda one: count.day(one.occurred_at))
    span = [count.first + timedelta(days=number) for number in range((count.last - count.first).days + 1)]
    now, before = count.numbers(count.now), count.numbers(count.before)
    people, people_before = count.people(count.now), count.people(count.before)
    score, score_before = count.score(count.decided()), count.score(count.decided(before=True))
    hours, rules = count.answers_at(), {decision.rule for decision in count.decided()}
    words = {"cooldown": "Cooldown", "recent": "Recent contact", "claimed": "Colleague writing"}
    does = dict.fromkeys(words, "asks for a reason") | {"cooldown": "refuses"}
    by_rule = {rule: count.score([one for one in count.decided() if one.rule == rule]) for rule in rules}
    for lead in history.leads:
        lead.refresh_from_db()
    statuses = [lead.status for lead in history.leads if count.rep in (None, lead.owner_id)]
    return {
        "totals": [
            ["Contacts", now[0], before[0]],
            ["Answered", now[1], before[1]],
            ["Average response time h", now[3], before[3]],
            ["Median response time h", count.median_hours(count.now), count.median_hours(count.before)],
            ["People contacted", people[0], people_before[0]],
            ["People who answered", people[1], people_before[1]],
            ["Duplicates prevented", score[0], score_before[0]],
            ["Logged anyway", score[1], score_before[1]],
            ["Collisions", score[2], score_before[2]],
            ["Answers may still come", 0, None],
        ],
        "days": [[str(day), *count.numbers(days.get(day, []))] for day in span],
        "methods": [[method.label, *count.numbers(methods.get(method, []))] for method in ContactMethod],
        "reps": reps_of(history, count),
        "first_contacts": [
            ["First contact", *count.numbers(count.first_contacts())],
            ["Follow-up", *count.numbers(count.later())],
        ],
        "hours": [
            [name, *(hours[weekday, hour] for hour in range(24))] for weekday, name in enumerate(WEEKDAYS, start=1)
        ],
        "statuses": [[status.label, statuses.count(status)] for status in LeadStatus],
        "rules": [[words[rule], *by_rule[rule], does[rule]] for rule in words if any(by_rule.get(rule, ()))],
    }


def reps_of(history: RandomHistory, count: Recount) -> list[list]:
    """Ranked from 10 contacts by rate, then contacts; then the others by contacts; by name where all is equal."""
    by_rep, decided = count.grouped(lambda one: one.user_id), count.decided()
    names = {rep.id: rep.name for rep in [*history.reps, history.manager]}
    lines = []
    for rep in {*by_rep, *(one.user_id for one in decided)}:
        attempts, score = by_rep.get(rep, []), count.score([one for one in decided if one.user_id == rep])
        if attempts or any(score):
            ranked = rep is not None and len(attempts) >= 10
            rate = sum(one.responded for one in attempts) / len(attempts) if ranked else 0
            key = (not ranked, -rate, -len(attempts), names.get(rep, ""))
            lines.append((key, names.get(rep, "No longer here"), count.numbers(attempts), score))
    return [
        ["" if key[0] else number, name, *numbers, *score]
        for number, (key, name, numbers, score) in enumerate(sorted(lines), start=1)
    ]


def cells(lines: list[list]) -> list[list[str]]:
    """As text, numbers alike whatever their type, and without the apostrophe that defuses a formula."""
    return [[cell(one) for one in line] for line in lines]


def cell(value: object) -> str:
    text = "" if value is None else str(value).removeprefix("'")
    return f"{float(text):g}" if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


class Tables(HTMLParser):
    """The cells of the tables on a page, by the id of what folds them away."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows, self.at, self.text = {}, "", None
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        values = dict(attrs)
        if tag == "details" and values.get("class") == "as-table":
            self.at = values["id"]
        if tag == "tr" and self.at:
            self.rows.setdefault(self.at, []).append([])
        if tag in ("td", "th") and self.at:
            self.text = ""

    def handle_data(self, data) -> None:
        self.text = None if self.text is None else self.text + data

    def handle_endtag(self, tag) -> None:
        if tag in ("td", "th") and self.at:
            self.rows[self.at][-1].append("" if self.text.strip() == "—" else self.text.strip())
            self.text = None
        if tag == "details":
            self.at = ""


@pytest.mark.parametrize("seed", range(20))
def test_every_number_equals_a_recount_in_plain_python(seed, signed_in):
    history = RandomHistory(seed)
    client = signed_in(history.manager)
    params = history.params()
    rep = next((one.id for one in history.reps if str(one.id) == params.get("user_id")), None)
    direction = {"": "outbound", "all": ""}.get(params["direction"], params["direction"])
    days = [date.fromisoformat(params[name]) for name in ("from_date", "to_date")]
    count = Recount(history.company, *days, method=params.get("method", ""), rep=rep, direction=direction)
    expected = tables_of(history, count)
    check_tables(client, history, params, expected)
    check_page(client.get("/analytics/", params), count, expected)
    check_json(history, params, count)
    check_rows(client, params, count, expected)
    assert not drifted()


def check_tables(client, history: RandomHistory, params: dict, expected: dict) -> None:
    """All tables as they are made, and two of them as they arrive."""
    report = read_report(filters_of(history, params))
    for name, table in TABLES.items():
        lines = list(csv.reader(io.StringIO(as_csv(table(report)).removeprefix("\ufeff"))))[1:]
        assert cells(lines) == cells(expected[name]), name
    for name in history.rng.sample(list(TABLES), 2):
        arrived = client.get(f"/analytics/{name}.csv", params).content.decode()
        assert arrived == as_csv(TABLES[name](report)), name


def filters_of(history: RandomHistory, params: dict) -> ReportFilters:
    data = QueryDict(mutable=True)
    data.update(params)
    return ReportForm(data, viewer=history.manager).filters()


def check_page(answer, count: Recount, expected: dict) -> None:
    text, now = answer.text, count.numbers(count.now)
    people, score = count.people(count.now), count.score(count.decided())
    numbers = dict(re.findall(r'id="kpi-(\w+)".*?class="kpi-number" href="[^"]*">([^<]*)', text, re.DOTALL))
    assert numbers["attempts"] == f"{now[0]:,}" and numbers["prevented"] == str(score[0])
    assert numbers["people"] == str(people[0])
    rate = f"{100 * now[1] / now[0]:.1f}" if now[0] else "—"
    assert numbers["rate"] == rate
    assert numbers["replied"] == (f"{100 * people[1] / people[0]:.0f}" if people[0] else "—")
    assert f"{now[1]:,} of {now[0]:,}" in text
    tables = Tables(text).rows
    for name, table in {"table-days": "days", "table-hours": "hours", "table-rules": "rules"}.items():
        if name in tables:
            lines = [[cell(one) for one in line] for line in tables[name][1:]]
            assert lines == cells(beside_its_name(expected[table]) if table == "rules" else expected[table]), name
    if now[0] or any(score):
        for method, attempts, *_ in expected["methods"]:
            assert re.search(rf"{method}</th>\s*<td class=\"number\">(<a [^>]*>)?{attempts}<", text), method


def beside_its_name(rules: list[list]) -> list[list]:
    """What a rule does has a column in the CSV, and stands beside the rule's name on the page."""
    return [[f"{name} {does}", *score] for name, *score, does in rules]


def check_json(history: RandomHistory, params: dict, count: Recount) -> None:
    """From the functions that the JSON endpoints call."""
    filters = filters_of(history, params)
    attempts, answered, rate, hours = count.numbers(count.now)
    methods = {name: count.numbers(group) for name, group in count.grouped(lambda one: one.method).items()}
    assert outreach(filters) == {
        "total_attempts": attempts,
        "by_method": {method: methods.get(method, (0,))[0] for method in ContactMethod.values},
        "response_rate": round(answered / attempts, 4) if attempts else None,
        "avg_response_time_hours": pytest.approx(hours, abs=0.01) if hours is not None else None,
    }
    channels = {line["method"]: (line["total_attempts"], line["responses"]) for line in by_channel(filters)}
    assert channels == {name: numbers[:2] for name, numbers in methods.items()}
    times = {line["method"]: line["avg_response_hours"] for line in response_time(filters)}
    assert times == pytest.approx({name: numbers[3] for name, numbers in methods.items() if numbers[1]}, abs=0.01)
    ranked = [(line[1], line[2], line[3]) for line in reps_of(history, count) if line[0]]
    assert [(one["rep_name"], one["total_attempts"], one["responses"]) for one in top_performers(filters)] == ranked


def check_rows(client, params: dict, count: Recount, expected: dict) -> None:
    """The list behind a number has as many rows as the number says; some of them each time."""
    first, later = expected["first_contacts"]
    people, score = count.people(count.now), count.score(count.decided())
    parts = count.score_parts(count.decided())
    numbers = {
        "": len(count.now), "answered": count.numbers(count.now)[1], "people": people[0], "people_answered": people[1],
        "first": first[1], "first_answered": first[2], "later": later[1], "later_answered": later[2],
        "prevented": score[0], "anyway": score[1], "collisions": score[2], "held_up": sum(score),
        "blocked": parts[0], "left_alone": parts[1], "after_warning": parts[2], "block_overridden": parts[3],
    }  # fmt: skip
    for show, number in Random(str(params)).sample(sorted(numbers.items()), 4):
        answer = client.get("/analytics/rows/", {**params, "show": show})
        assert (show, answer.context["total"], len(answer.context["rows"])) == (show, number, min(number, 50))


def drifted() -> list:
    with connection.cursor() as cursor:
        cursor.execute(daily_numbers())
        return cursor.fetchall()
