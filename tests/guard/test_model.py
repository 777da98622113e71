"""Whatever reps, managers and the clock do, the guard lets through what a naive model of the policy lets through.

TANDEM_MODEL_EXAMPLES=400 TANDEM_MODEL_STEPS=50 makes a long night of it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from leads.actions import delete_lead, set_do_not_contact
from leads.models import Lead
from outreach.contacts.actions import Refused, log_contact, mark_responded, void_contact
from outreach.contacts.contact import Contact
from outreach.models import GuardDecision
from outreach.policies.policy import MethodLimits, read_policy, set_policy
from tests.support import naive_guard
from tests.support.guard_world import EMAILS, MANAGERS, PHONES, START, USERS, World
from tests.support.moved_clock import MovedClock
from tests.support.naive_guard import NaiveVerdict

EXAMPLES = int(os.environ.get("TANDEM_MODEL_EXAMPLES", "25"))
STEPS = int(os.environ.get("TANDEM_MODEL_STEPS", "20"))

# Most of it about one person by one method, so that what happens meets what happened before.
methods = st.sampled_from(["email"] * 6 + ["call"] * 2 + ["linkedin", "sms", "other"])
users = st.sampled_from(["alice"] * 3 + ["bob"] * 3 + ["mona"] * 2 + ["charlie"])
companies = st.sampled_from(["ours"] * 3 + ["theirs"] * 2)
places = st.sampled_from([0] * 5 + [1] * 4 + [2, 2, 3, 4, 5, 6, 7])  # taken modulo what there is to choose from
addresses = st.lists(st.sampled_from(EMAILS), max_size=2, unique=True).flatmap(
    lambda emails: st.sampled_from([[], *([phone] for phone in PHONES)]).map(lambda phones: emails + phones)
)
WISHES = ["email", "call", "whole"]
MINUTES_AGO = [0, 0, 0, 0, 1, 30, 5 * 60, 23 * 60, 24 * 60, 8 * 24 * 60]
MOVES = [timedelta(minutes=1), timedelta(hours=1), timedelta(hours=12), timedelta(hours=24), timedelta(days=7)]


class Reps(World):
    """Everything people may do, by itself and as it often comes."""

    @rule(length=st.sampled_from(MOVES))
    def wait(self, length: timedelta) -> None:
        self.tick(length)

    @rule(
        company=companies, method=methods, hours=st.sampled_from([0, 24, 48]), count=st.integers(1, 2),
        days=st.sampled_from([0, 1, 7]),
    )  # fmt: skip
    def change_policy(self, company: str, method: str, hours: int, count: int, days: int) -> None:
        self.tick()
        current = read_policy(self.companies[company])
        changed = {**current.methods, method: MethodLimits(hours, count, days)}
        set_policy(user=self.users[MANAGERS[company]], policy=replace(current, methods=changed))
        self.model.limit_to(company, method, (hours, count, days), self.now)

    @precondition(lambda self: len(self.leads) < 8)
    @rule(user=users, reached=addresses)
    def create(self, user: str, reached: list[str]) -> None:
        self.add(user, reached)

    @rule(place=places, reached=addresses)
    def edit(self, place: int, reached: list[str]) -> None:
        self.edit_record(self.choose(place), reached)

    @rule(place=places)
    def delete(self, place: int) -> None:
        record = self.choose(place, "alice")
        if self.model.records[record].deleted:
            return
        if sum(row.company == "ours" and not row.deleted for row in self.model.records) < 3:
            return
        self.tick()
        before = self.versions()
        delete_lead(lead_id=self.leads[record].id, user=self.users["alice"])
        self.model.records[record].deleted = True
        self.risen(before, self.model.person(record))

    @rule(
        place=places,
        user=st.sampled_from(["alice", "mona"]),
        asked=st.sets(st.sampled_from(["email", "call", "whole"])),
    )
    def wish(self, place: int, user: str, asked: set[str]) -> None:
        record = self.choose(place, user)
        if self.model.records[record].deleted:
            return
        self.tick()
        before, person = self.versions(), self.model.person(record)
        known = set().union(*(self.model.records[one].refuses for one in person))
        lifts = "whole" not in asked and not known <= asked
        wish = {"whole": "whole" in asked, "methods": sorted(asked - {"whole"}), "reason": "told us"}
        try:
            set_do_not_contact(lead_id=self.leads[record].id, user=self.users[user], **wish)
        except PermissionDenied:
            assert lifts and user != "mona"
            return
        assert not lifts or user == "mona"
        self.model.refuse(record, asked, self.now)
        self.risen(before, person)

    @rule(place=places)
    def open_page(self, place: int) -> None:
        record = self.choose(place)
        version = Lead.objects.get(pk=self.leads[record].pk).version
        self.pages.append((record, version, self.step, frozenset(self.model.person(record))))

    @rule(
        place=places, user=users, method=methods, minutes_ago=st.sampled_from(MINUTES_AGO), reason=st.booleans(),
        already_sent=st.booleans(), page=st.none() | places,
    )  # fmt: skip
    def log(
        self, place: int, user: str, method: str, minutes_ago: int, reason: bool, already_sent: bool, page: int | None
    ) -> None:
        record, seen = self.choose(place, user), None
        if page is not None and self.pages:
            shown, version, step, person = self.pages[page % len(self.pages)]
            # A page of records that have joined or parted since knows nothing of the others' versions.
            if self.model.records[shown].company == USERS[user] and self.model.person(shown) == person:
                record, seen = shown, (version, step)
        self.log_on(record, user, method, minutes_ago, reason, already_sent, seen)

    def log_on(
        self, record: int, user: str, method: str, minutes_ago: int, reason: bool, already_sent: bool,
        seen: tuple[int, int] | None,
    ) -> None:  # fmt: skip
        if self.model.records[record].deleted:
            return
        self.tick()
        at = self.now - timedelta(minutes=minutes_ago)
        expected = self.model.judge(record, user, method, self.now, at, seen and seen[1])
        before, kept = self.versions(), GuardDecision.objects.count()
        outcome = what_becomes(expected, user == "mona", reason, already_sent)
        contact = Contact(method, occurred_at=at if minutes_ago else None)
        asked = {"seen": seen and seen[0], "reason": "they asked" if reason else "", "already_sent": already_sent}
        try:
            attempt = log_contact(lead_id=self.leads[record].id, user=self.users[user], contact=contact, **asked)
        except Refused as refused:
            assert outcome == "refused", f"refused although the policy says {outcome or 'go'}: {refused}"
            self.check_refusal(refused, expected)
            self.check_decisions(kept, expected, outcome, None)
            assert self.versions() == before
            return
        assert outcome != "refused", f"let through although {expected.rules} hold"
        self.model.contacts.append(naive_guard.Contact(attempt.id, record, user, method, True, at, self.now, self.step))
        self.check_decisions(kept, expected, outcome, attempt)
        self.risen(before, self.model.person(record))

    @rule(
        place=places, user=users, method=methods, minutes_ago=st.sampled_from(MINUTES_AGO), answers=st.none() | places
    )
    def log_inbound(self, place: int, user: str, method: str, minutes_ago: int, answers: int | None) -> None:
        record = self.choose(place, user)
        if self.model.records[record].deleted:
            return
        self.tick()
        at = self.now - timedelta(minutes=minutes_ago)
        person = self.model.person(record)
        ours = [one for one in self.model.contacts if one.outbound and not one.voided and one.at <= at]
        ours = [one for one in ours if one.record in person]
        answered = ours[-1 - answers % len(ours)] if answers is not None and ours else None
        before, kept = self.versions(), GuardDecision.objects.count()
        fields = {"occurred_at": at if minutes_ago else None, "in_reply_to": answered and answered.id}
        contact = Contact(method, direction="inbound", **fields)
        attempt = log_contact(lead_id=self.leads[record].id, user=self.users[user], contact=contact)
        one = naive_guard.Contact(attempt.id, record, user, method, False, at, self.now, self.step, answered)
        self.model.contacts.append(one)
        if answered and not answered.response:
            answered.response, answered.response_recorded = at, self.now
        assert GuardDecision.objects.count() == kept
        self.risen(before, person)

    @rule(place=places, author=users, other=users, reason=st.booleans())
    def converse(self, place: int, author: str, other: str, reason: bool) -> None:
        """One writes, the person answers, and one or another writes on."""
        self.log(place, author, "email", 0, True, True, None)
        self.tick(timedelta(minutes=10))
        self.respond(0, author, None)
        self.log(place, other, "email", 0, reason, False, None)

    @rule(
        place=places, author=users, other=users, reason=st.booleans(), later=st.sampled_from(MOVES), company=companies
    )
    def loosen(self, place: int, author: str, other: str, reason: bool, later: timedelta, company: str) -> None:
        """One writes, a manager loosens the limit, and another writes: what was closed stays closed for its time.

        What another company's manager loosens closes nothing here.
        """
        self.log(place, author, "email", 0, True, True, None)
        self.change_policy(company, "email", 0, 1, 1)
        self.tick(later)
        self.log(place, other, "email", 0, reason, False, None)

    @rule(place=places, author=users, other=users, method=methods, reason=st.booleans())
    def look_away(self, place: int, author: str, other: str, method: str, reason: bool) -> None:
        """One opens a page, a colleague contacts the person meanwhile, and the page is submitted."""
        self.open_page(place)
        self.log(place, author, method, 0, True, True, None)
        self.log(place, other, "sms", 0, reason, False, -1)

    @rule(place=places, user=users, asked=st.sets(st.sampled_from(WISHES), min_size=1), reason=st.booleans())
    def ask_and_write(self, place: int, user: str, asked: set[str], reason: bool) -> None:
        """The person asks not to be contacted, and somebody does."""
        self.wish(place, "mona", asked)
        self.log(place, user, "email", 0, reason, False, None)

    @rule(place=places, author=users, reached=addresses, other=users)
    def move_on(self, place: int, author: str, reached: list[str], other: str) -> None:
        """One writes, the record's addresses change, and a record that has what they were is written to."""
        self.log(place, author, "email", 0, True, True, None)
        record = self.choose(place, author)
        was = self.model.records[record].reached_by
        self.edit_record(record, reached)
        if len(self.leads) < 8:
            self.add(other, was)
            self.log_on(len(self.leads) - 1, other, "email", 0, False, False, None)

    @rule(place=places, user=users, after=st.sampled_from([None, timedelta(0), timedelta(hours=1)]))
    def respond(self, place: int, user: str, after: timedelta | None) -> None:
        known = [one for one in self.attempts_of(user) if one.outbound and not one.voided and self.is_here(one)]
        if not known:
            return
        one = known[-1 - place % len(known)]
        self.tick()
        at = self.now if after is None else min(one.at + after, self.now)
        same = one.response is not None and (after is None or one.response == at)
        before = self.versions()
        given = None if after is None else at
        mark_responded(attempt_id=one.id, user=self.users[user], responded=True, response_at=given)
        if same:
            assert self.versions() == before
        else:
            one.response, one.response_recorded = at, self.now
            self.risen(before, self.model.person(one.record))

    @rule(place=places, user=users)
    def undo(self, place: int, user: str) -> None:
        known = [one for one in self.attempts_of(user) if one.response and not one.voided and self.is_here(one)]
        if not known:
            return
        one = known[-1 - place % len(known)]
        self.tick()
        before = self.versions()
        mark_responded(attempt_id=one.id, user=self.users[user], responded=False)
        one.response = one.response_recorded = None
        self.risen(before, self.model.person(one.record))

    @rule(place=places, user=users)
    def void(self, place: int, user: str) -> None:
        known = [one for one in self.attempts_of(user) if not one.voided and self.is_here(one)]
        if not known:
            return
        one = known[-1 - place % len(known)]
        self.tick()
        before = self.versions()
        try:
            void_contact(attempt_id=one.id, user=self.users[user], reason="wrong person")
        except PermissionDenied:
            assert user not in ("mona", one.user)
            return
        assert user in ("mona", one.user)
        one.voided = True
        self.risen(before, self.model.person(one.record))


def what_becomes(expected: NaiveVerdict, is_manager: bool, reason: bool, already_sent: bool) -> str:
    """refused, overridden or collision; nothing when nothing stands in the way."""
    if not expected.rules:
        return ""
    if not reason:
        return "refused"
    if already_sent:
        return "collision"
    if "unseen" in expected.rules:
        return "refused"
    if not expected.blocks:
        return "overridden"
    if is_manager and "do_not_contact" not in expected.rules:
        return "overridden"
    return "collision" if expected.past else "refused"


@pytest.mark.django_db
def test_what_is_let_through_obeys_the_policy_whatever_happens() -> None:
    Reps.clock = MovedClock(START)
    size = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        # A failing run is told as it happened, at once; "shrink" makes it short, which takes minutes.
        phases=[Phase.generate, *([Phase.shrink] if "TANDEM_MODEL_SHRINK" in os.environ else [])],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Reps, settings=size)
