"""The world of tests/guard/test_model.py: whatever is done to the product is done to the naive model too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from crm.models import Role, User
from leads.actions import create_lead, update_lead
from leads.models import Lead
from outreach.contacts.actions import DoNotContact, NeedsOverride, Refused, TooSoon
from outreach.models import ContactAttempt, GuardDecision
from tests.leads.test_person import reached_by
from tests.support import naive_guard
from tests.support.factories import CompanyFactory, UserFactory
from tests.support.moved_clock import MovedClock
from tests.support.naive_guard import Naive, NaiveVerdict

START = datetime(2026, 3, 20, 9, tzinfo=UTC)

# Each address and whose it is. Free mail, so that no organization is shared.
ADDRESSES = {
    "Dana.Miller@gmail.com": "dana",
    "danamiller+crm@googlemail.com": "dana",
    "kim@gmail.com": "kim",
    "+1 415 555 0100": "desk",
}
EMAILS = [address for address in ADDRESSES if "@" in address]
PHONES = [address for address in ADDRESSES if "@" not in address]
USERS = {"alice": "ours", "bob": "ours", "mona": "ours", "charlie": "theirs", "rita": "theirs"}
MANAGERS = {"ours": "mona", "theirs": "rita"}


class World(RuleBasedStateMachine):
    """Two companies with the same people in their books, and what must hold after each step."""

    clock: MovedClock

    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.clock.set(START)
        self.step = 0
        self.model = Naive(ADDRESSES)
        self.companies = {name: CompanyFactory(name=name, phone_region="US") for name in ("ours", "theirs")}
        self.users = {name: self.member(name, company) for name, company in USERS.items()}
        self.leads: list[Lead] = []
        self.pages: list[tuple[int, int, int]] = []  # record, the version it was rendered with, after which step
        for user, reached in (("alice", EMAILS[:1]), ("bob", [EMAILS[1], PHONES[0]]), ("bob", PHONES[:1]),
                              ("alice", EMAILS[2:]), ("charlie", EMAILS[:1])):  # fmt: skip
            self.add(user, reached)

    def member(self, name: str, company: str) -> User:
        role = Role.MANAGER if name in MANAGERS.values() else Role.REP
        return UserFactory(company=self.companies[company], first_name=name, email=f"{name}@demo.test", role=role)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    def tick(self, length: timedelta = timedelta(seconds=1)) -> None:
        """No two things happen at the same instant."""
        self.step += 1
        self.clock.move(length)

    @property
    def now(self) -> datetime:
        return self.clock.now

    def choose(self, place: int, user: str | None = None) -> int:
        """A record the user may see; any without a user."""
        known = [n for n, row in enumerate(self.model.records) if user is None or row.company == USERS[user]]
        return known[place % len(known)]

    def add(self, user: str, reached: list[str]) -> None:
        self.tick()
        found = by_kind(reached)
        self.leads.append(create_lead(user=self.users[user], fields={"last_name": "Miller"}, identifiers=found))
        self.model.records.append(naive_guard.Record(USERS[user]))
        self.model.reach(len(self.leads) - 1, reached, self.now)

    def edit_record(self, record: int, reached: list[str]) -> None:
        if self.model.records[record].deleted:
            return
        self.tick()
        before, old = self.versions(), self.model.person(record)
        was = self.model.records[record].reached_by
        user = next(user for user, company in USERS.items() if company == self.model.records[record].company)
        update_lead(lead_id=self.leads[record].id, user=self.users[user], fields={}, identifiers=by_kind(reached))
        if was != reached:
            self.model.reach(record, reached, self.now)
            self.risen(before, old | self.model.person(record))

    def attempts_of(self, user: str) -> list[naive_guard.Contact]:
        return [one for one in self.model.contacts if self.model.records[one.record].company == USERS[user]]

    def is_here(self, one: naive_guard.Contact) -> bool:
        return not self.model.records[one.record].deleted

    def versions(self) -> list[int]:
        found = dict(Lead.objects.values_list("id", "version"))
        return [found[lead.id] for lead in self.leads]

    def risen(self, before: list[int], person: set[int]) -> None:
        """All records of the person rose, to one version; nobody else's did."""
        after = self.versions()
        now = {after[record] for record in person}
        assert len(now) == 1, f"the person's records have the versions {now} instead of one"
        assert now.pop() > max(before[record] for record in person), "the person's version has not risen"
        others = [record for record in range(len(before)) if record not in person]
        assert [after[record] for record in others] == [before[record] for record in others], "a stranger's rose too"

    def check_refusal(self, refused: Refused, expected: NaiveVerdict) -> None:
        if "do_not_contact" in expected.rules:
            assert isinstance(refused, DoNotContact)
        else:
            assert isinstance(refused, TooSoon if "cooldown" in expected.rules else NeedsOverride)
            assert refused.verdict.allowed_from == expected.allowed_from, f"allowed from another time: {refused}"
        assert str(refused)

    def check_decisions(self, kept: int, expected: NaiveVerdict, outcome: str, attempt: ContactAttempt | None) -> None:
        """One decision for each rule that stood in the way, with its reason, and with whom it speaks of."""
        new = list(GuardDecision.objects.order_by("created_at", "id")[kept:])
        kept_rules, due_rules = {one.rule for one in new}, set(expected.rules) if outcome else set()
        assert kept_rules == due_rules, f"The guard kept decisions about {kept_rules}, the policy says {due_rules}"
        for one in new:
            earlier = expected.rules[one.rule]
            assert (one.kind, one.attempt_id) == (outcome, attempt and attempt.id)
            assert one.reason == ("" if outcome == "refused" else "they asked")
            assert one.sentence and one.created_at == self.now
            if expected.past and earlier:
                # Of several around a past moment it names the nearest after it.
                assert one.earlier_attempt_id in {known.id for known in self.model.contacts if not known.voided}
            else:
                same = one.earlier_attempt_id == (earlier and earlier.id) or same_time(one, earlier)
                assert same, f"the decision speaks of another contact than the policy: {one.sentence}"

    @invariant()
    def every_contact_is_stored_as_it_was(self) -> None:
        stored = {one.id: one for one in ContactAttempt.objects.all()}
        assert len(stored) == len(self.model.contacts), "contacts were lost or written besides"
        for one in self.model.contacts:
            found = stored[one.id]
            assert (found.occurred_at, found.created_at) == (one.at, one.recorded)
            assert (found.lead_id, found.method) == (self.leads[one.record].id, one.method)
            assert (found.user_id, found.direction == "outbound") == (self.users[one.user].id, one.outbound)
            assert (found.response_at, found.voided_at is not None) == (one.response, one.voided)

    @invariant()
    def every_lead_sums_up_its_contacts(self) -> None:
        stored = Lead.objects.in_bulk()
        names = {user.id: name for name, user in self.users.items()}
        for record, lead in enumerate(self.leads):
            now = stored[lead.id]
            summary = (
                now.contact_count, now.last_contacted_at, now.last_contact_method, names.get(now.last_contacted_by_id),
                now.last_response_at, now.status,
            )  # fmt: skip
            assert summary == self.model.summary(record)


def by_kind(reached: list[str]) -> dict[str, list]:
    emails = [address for address in reached if "@" in address]
    return reached_by(email="\n".join(emails), phone="\n".join(set(reached) - set(emails)))


def same_time(decision: GuardDecision, earlier: naive_guard.Contact) -> bool:
    """Of two contacts reported for the same instant either may be named."""
    return decision.earlier_attempt is not None and decision.earlier_attempt.occurred_at == earlier.at
