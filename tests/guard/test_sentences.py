"""Every sentence the guard says, word for word: who, when, by which rule, and from when, or why there is no time.

What a decision keeps of it is spelled to be right whenever it is read: dates, and what was instead of what is.

The clock stands at Thursday 12 November 2026, 15:00 in Berlin.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm import times
from crm.models import Company, User
from leads.actions import create_lead, set_do_not_contact
from leads.models import Lead
from outreach.contacts.actions import Refused, log_contact, mark_responded
from outreach.contacts.contact import Contact
from outreach.guard import Answer, Question, review
from outreach.guard.sentences import sentence, stored_sentence
from outreach.guard.states import method_states
from outreach.live.claims import claim_person
from outreach.models import SENTENCE_MAX, CompanyPolicy, ContactAttempt, GuardDecision, Rule
from outreach.policies.policy import MethodLimits, read_policy, set_policy
from tests.leads.test_person import reached_by
from tests.support.factories import AttemptFactory
from tests.support.moved_clock import MovedClock

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 12, 14, tzinfo=UTC)
PITCH = (
    "I noticed your team runs Postgres and is hiring data engineers. Curious how you keep outreach history in one "
    "place today, and whether two people ever write to the same customer by accident."
)


@dataclass
class Scene:
    """Dana has two records, Kim is her colleague at Acme; Alice, Bob and Mona, the manager, are of one company."""

    clock: MovedClock
    company: Company
    users: dict[str, User]
    leads: dict[str, Lead]

    def sent(self, who: str, ago: timedelta, method: str = "email", to: str = "Dana", **said: object) -> ContactAttempt:
        at = self.clock.now - ago
        lead, user = self.leads[to], self.users[who]
        return AttemptFactory(lead=lead, user=user, method=method, occurred_at=at, created_at=at, **said)

    def answered(self, attempt: ContactAttempt, ago: timedelta) -> None:
        at = self.clock.now - ago
        mark_responded(attempt_id=attempt.id, user=attempt.user, responded=True, response_at=at)

    def limit(self, method: str, *limits: int) -> None:
        current = read_policy(self.company)
        methods = {**current.methods, method: MethodLimits(*limits)}
        set_policy(user=self.users["Mona"], policy=type(current)(**{**vars(current), "methods": methods}))

    def asked_not_to(self, *methods: str, **more: object) -> None:
        said = {"whole": not methods, "methods": list(methods), "reason": "", **more}
        set_do_not_contact(lead_id=self.leads["Dana"].id, user=self.users["Alice"], **said)

    def writes(self, who: str, method: str, to: str = "Dana") -> None:
        claim_person(lead_id=self.leads[to].id, user=self.users[who], method=method)


@pytest.fixture
def scene(company: Company, alice: User, bob: User, mona: User) -> Scene:
    clock = MovedClock(NOW)
    made = {
        "Dana": create(alice, "Dana", "Miller", email="dana.miller@gmail.com"),
        "twin": create(alice, "D.", "Miller (Acme)", email="danamiller+x@gmail.com"),
        "Kim": create(alice, "Kim", "Berg", email="kim@gmail.com"),
    }
    return Scene(clock, company, {"Alice": alice, "Bob": bob, "Mona": mona}, made)


def create(user: User, first_name: str, last_name: str, **values: str) -> Lead:
    fields = {"first_name": first_name, "last_name": last_name, "organization": "Acme"}
    return create_lead(user=user, fields=fields, identifiers=reached_by(**values))


def h(hours: float) -> timedelta:
    return timedelta(hours=hours)


def d(days: float) -> timedelta:
    return timedelta(days=days)


# What happened; what Bob is about to do, by which method or at which moment; what each rule that holds him says.
TABLE: dict[str, tuple[Callable[[Scene], object], dict[str, object], dict[str, str]]] = {
    "cooldown, a colleague's email": (
        lambda s: s.sent("Alice", h(5), subject="Quick question"),
        {},
        {
            "cooldown": "Alice Jones emailed this lead 5 h ago: “Quick question”, no reply yet. "
            "The rule is one email per 24 hours: allowed from Fri 10:00.",
            "recent": "Alice Jones emailed this lead 5 h ago: “Quick question”, no reply yet. "
            "The rule is a reason for another within 7 days: clear from Thu 19 Nov 10:00.",
        },
    ),
    "cooldown, one's own, just now": (
        lambda s: s.sent("Bob", h(0)),
        {},
        {
            "cooldown": "Bob Smith emailed this lead just now, no reply yet. "
            "The rule is one email per 24 hours: allowed from Fri 15:00.",
            "recent": "Bob Smith emailed this lead just now, no reply yet. "
            "The rule is a reason for another within 7 days: clear from Thu 19 Nov 15:00.",
        },
    ),
    "cooldown, on the other record, to which she answered a colleague": (
        lambda s: s.answered(s.sent("Alice", h(20), to="twin"), h(0.5)),
        {},
        {
            "cooldown": "Alice Jones emailed this person as D. Miller (Acme) 20 h ago, answered 30 min ago. "
            "The rule is one email per 24 hours: allowed from Thu 19:00.",
            "recent": "Alice Jones emailed this person as D. Miller (Acme) 20 h ago, answered 30 min ago. "
            "The rule is a reason for another within 7 days: clear from Wed 19:00.",
        },
    ),
    "cooldown, more than one in several days": (
        lambda s: (s.limit("call", 72, 2, 0), s.sent("Alice", h(30), "call"), s.sent("Mona", h(2), "call")),
        {"method": "call"},
        {
            "cooldown": "Mona Fischer called this lead 2 h ago, no reply yet. "
            "The rule is 2 calls per 3 days: allowed from Sat 09:00.",
        },
    ),
    "cooldown of an hour": (
        lambda s: (s.limit("sms", 1, 1, 0), s.sent("Alice", h(0.5), "sms")),
        {"method": "sms"},
        {
            "cooldown": "Alice Jones texted this lead 30 min ago, no reply yet. "
            "The rule is one SMS per hour: allowed from Thu 15:30.",
        },
    ),
    "cooldown that was loosened since": (
        lambda s: (s.sent("Alice", h(5)), s.limit("email", 0, 1, 0)),
        {},
        {
            "cooldown": "Alice Jones emailed this lead 5 h ago, no reply yet. "
            "The rule was one email per 24 hours: allowed from Fri 10:00.",
        },
    ),
    "cooldown around a moment that has passed": (
        lambda s: s.sent("Alice", h(5)),
        {"occurred_at": NOW - h(4)},
        {
            "cooldown": "Alice Jones emailed this lead 5 h ago, no reply yet. The rule is one email per 24 hours.",
            "recent": "Alice Jones emailed this lead 5 h ago, no reply yet. "
            "The rule is a reason for another within 7 days.",
        },
    ),
    "recent, yesterday by the calendar": (
        lambda s: s.sent("Alice", h(25), "linkedin", subject="x" * 70),
        {"method": "linkedin"},
        {
            "recent": f"Alice Jones wrote on LinkedIn to this lead yesterday: “{'x' * 59}…”, no reply yet. "
            "The rule is a reason for another within 7 days: clear from Wed 14:00.",
        },
    ),
    "recent, one's own call that was answered, of a warning within a day": (
        lambda s: (s.limit("call", 0, 1, 1), s.answered(s.sent("Bob", h(9), "call"), h(8)),
                   s.sent("Bob", h(1), "call")),
        {"method": "call"},
        {
            "recent": "Bob Smith called this lead 1 h ago, no reply yet. "
            "The rule is a reason for another within 1 day: clear from Fri 14:00.",
        },
    ),
    "recent, another way": (
        lambda s: s.sent("Alice", d(3), "other"),
        {"method": "other"},
        {
            "recent": "Alice Jones contacted this lead 3 days ago, no reply yet. "
            "The rule is a reason for another within 7 days: clear from Mon 15:00.",
        },
    ),
    "do not contact at all": (
        lambda s: s.asked_not_to(reason="Left the company"),
        {"method": "call"},
        {
            "do_not_contact": "Dana Miller asked not to be contacted (12 Nov, noted by Alice Jones): "
            "“Left the company”. It holds until a manager lifts it.",
        },
    ),
    "do not email": (
        lambda s: s.asked_not_to("email"),
        {},
        {
            "do_not_contact": "Dana Miller asked us not to email (12 Nov, noted by Alice Jones). "
            "It holds until a manager lifts it.",
        },
    ),
    **{
        f"do not {verb}": (
            lambda s, method=method: s.asked_not_to(method),
            {"method": method},
            {
                "do_not_contact": f"Dana Miller asked us not to {verb} (12 Nov, noted by Alice Jones). "
                "It holds until a manager lifts it.",
            },
        )
        for method, verb in (
            ("call", "call"), ("sms", "text"), ("linkedin", "write on LinkedIn"), ("other", "contact another way"),
        )
    },
    "do not contact, from an import that says neither when nor who": (
        lambda s: Lead.objects.filter(pk=s.leads["Dana"].pk).update(do_not_contact=True),
        {},
        {"do_not_contact": "Dana Miller asked not to be contacted. It holds until a manager lifts it."},
    ),
    **{
        f"claimed, {writing} this person": (
            lambda s, method=method: s.writes("Alice", method, to="twin"),
            {},
            {
                "claimed": f"Alice Jones is {writing} this person now (since 15:00). "
                "The rule is one at a time: free when done, or from 15:05.",
            },
        )
        for method, writing in (
            ("email", "writing an email to"), ("linkedin", "writing on LinkedIn to"), ("call", "calling"),
            ("sms", "writing an SMS to"), ("other", "making contact with"),
        )
    },
    "unseen, a colleague's call": (
        lambda s: log_contact(lead_id=s.leads["twin"].id, user=s.users["Alice"], contact=Contact("call")),
        {"seen": True},
        {
            "unseen": "New since you opened this page: Alice Jones called this person as D. Miller (Acme) just now, "
            "no reply yet. The rule is to read it first: clear once you have.",
        },
    ),
    "unseen, what the person sent": (
        lambda s: log_contact(
            lead_id=s.leads["Dana"].id, user=s.users["Alice"], contact=Contact("sms", direction="inbound")
        ),
        {"seen": True},
        {
            "unseen": "New since you opened this page: Dana Miller sent an SMS just now, logged by Alice Jones. "
            "The rule is to read it first: clear once you have.",
        },
    ),
    "similar, to this person by another method": (
        lambda s: s.sent("Alice", d(9), "linkedin", subject="Quick question", body=PITCH),
        {"subject": "Quick question", "body": PITCH},
        {
            "similar": "100 % like what Alice Jones wrote to this lead 9 days ago: “Quick question”. "
            "The rule is to give a reason from 60 % on, within 30 days: other words need none.",
        },
    ),
    "similar, to a colleague of theirs": (
        lambda s: s.sent("Alice", d(20), to="Kim", body=PITCH),
        {"body": PITCH},
        {
            "similar": "100 % like what Alice Jones wrote to Kim Berg at the same organization 2 weeks ago. "
            "The rule is to give a reason from 60 % on, within 30 days: other words need none.",
        },
    ),
    "organization, where the policy wants a reason": (
        lambda s: (
            CompanyPolicy.objects.create(company=s.company, organization_days=10, organization_warns=True),
            s.sent("Alice", d(9), "call", to="Kim"),
        ),
        {},
        {
            "organization": "Alice Jones called Kim Berg at the same organization 9 days ago. "
            "The rule is one colleague per organization in 10 days: clear from Fri 15:00.",
        },
    ),
}  # fmt: skip

# What a decision keeps of them: every rule, and every spelling that differs from what is said at the moment.
KEPT = {
    "cooldown, a colleague's email": {
        "cooldown": "Alice Jones emailed this lead on 12 Nov 2026 at 10:00: “Quick question”, no reply by then. "
        "The rule was one email per 24 hours: allowed from 13 Nov 2026 at 10:00.",
        "recent": "Alice Jones emailed this lead on 12 Nov 2026 at 10:00: “Quick question”, no reply by then. "
        "The rule was a reason for another within 7 days: clear from 19 Nov 2026 at 10:00.",
    },
    "cooldown, on the other record, to which she answered a colleague": {
        "cooldown": "Alice Jones emailed this person as D. Miller (Acme) on 11 Nov 2026 at 19:00, "
        "answered on 12 Nov 2026 at 14:30. "
        "The rule was one email per 24 hours: allowed from 12 Nov 2026 at 19:00.",
    },
    "cooldown that was loosened since": {
        "cooldown": "Alice Jones emailed this lead on 12 Nov 2026 at 10:00, no reply by then. "
        "The rule before it was loosened was one email per 24 hours: allowed from 13 Nov 2026 at 10:00.",
    },
    "cooldown around a moment that has passed": {
        "cooldown": "Alice Jones emailed this lead on 12 Nov 2026 at 10:00, no reply by then. "
        "The rule was one email per 24 hours.",
    },
    "do not contact at all": {
        "do_not_contact": "Dana Miller asked not to be contacted (12 Nov 2026, noted by Alice Jones): "
        "“Left the company”. Only a manager could lift it.",
    },
    "do not contact, from an import that says neither when nor who": {
        "do_not_contact": "Dana Miller asked not to be contacted. Only a manager could lift it.",
    },
    **{
        f"claimed, {writing} this person": {
            "claimed": f"Alice Jones was {writing} this person (since 12 Nov 2026 at 15:00). "
            "The rule was one at a time: free when done, or from 12 Nov 2026 at 15:05.",
        }
        for writing in (
            "writing an email to", "writing on LinkedIn to", "calling", "writing an SMS to", "making contact with",
        )
    },
    "unseen, a colleague's call": {
        "unseen": "New since the page was opened: Alice Jones called this person as D. Miller (Acme) "
        "on 12 Nov 2026 at 15:00, no reply by then. The rule was to read it first: clear once it was read.",
    },
    "unseen, what the person sent": {
        "unseen": "New since the page was opened: Dana Miller sent an SMS on 12 Nov 2026 at 15:00, "
        "logged by Alice Jones. The rule was to read it first: clear once it was read.",
    },
    "similar, to a colleague of theirs": {
        "similar": "100 % like what Alice Jones wrote to Kim Berg at the same organization on 23 Oct 2026 at 16:00. "
        "The rule was to give a reason from 60 % on, within 30 days: other words needed none.",
    },
    "organization, where the policy wants a reason": {
        "organization": "Alice Jones called Kim Berg at the same organization on 3 Nov 2026 at 15:00. "
        "The rule was one colleague per organization in 10 days: clear from 13 Nov 2026 at 15:00.",
    },
}  # fmt: skip

# What is true for a while only: counted from now, a weekday of any week, or what is the case just now.
CHANGES_WITH_TIME = re.compile(
    r"\b(?:\w+ ago|just now|now|today|yesterday|tomorrow|yet|is|holds|you|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"
)

NOTES: dict[str, tuple[Callable[[Scene], object], dict[str, str]]] = {
    "organization": (
        lambda s: s.sent("Alice", d(3), "sms", to="Kim"),
        {"organization": "Alice Jones texted Kim Berg at the same organization 3 days ago."},
    ),
    "another method": (
        lambda s: s.sent("Bob", h(30), "call", subject="Pricing"),
        {"other_method": "Bob Smith called this lead yesterday: “Pricing”, no reply yet."},
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_each_refusal_says_who_when_which_rule_and_from_when(scene, bob, case):
    happen, doing, expected = TABLE[case]
    lead = scene.leads["Dana"]
    seen = Lead.objects.get(pk=lead.pk).version if doing.get("seen") else None
    happen(scene)
    contact = Contact(**{"method": "email", **{name: value for name, value in doing.items() if name != "seen"}})
    with pytest.raises(Refused) as refused:
        log_contact(lead_id=lead.id, user=bob, contact=contact, seen=seen)
    assert {reason.rule.value: sentence(reason) for reason in refused.value.verdict.held} == expected
    assert str(refused.value) == next(iter(expected.values()))
    kept = dict(GuardDecision.objects.values_list("rule", "sentence"))
    assert kept.keys() == expected.keys()
    assert kept.items() >= KEPT.get(case, {}).items()
    for words in kept.values():
        assert not CHANGES_WITH_TIME.findall(words), words


@pytest.mark.parametrize("case", NOTES)
def test_what_only_informs_is_told_too(scene, bob, case):
    happen, expected = NOTES[case]
    happen(scene)
    verdict = review(scene.leads["Dana"], Question(bob, "email")).verdicts["email"]
    assert verdict.answer == Answer.ALLOW
    assert {reason.rule.value: sentence(reason) for reason in verdict.reasons} == expected
    for reason in verdict.reasons:
        assert not CHANGES_WITH_TIME.findall(stored_sentence(reason))


def test_in_conversation_nothing_is_said_to_whom_was_answered(scene, bob):
    scene.answered(scene.sent("Bob", h(5)), h(1))
    assert not review(scene.leads["Dana"], Question(bob, "email")).verdicts["email"].held


def test_every_rule_and_every_method_stands_in_the_table():
    assert KEPT.keys() <= TABLE.keys()
    assert {rule for kept in KEPT.values() for rule in kept} == set(Rule) - {Rule.OTHER_METHOD}
    rules = {rule for _, _, expected in TABLE.values() for rule in expected}
    rules |= {rule for _, expected in NOTES.values() for rule in expected}
    assert rules == {
        "do_not_contact", "cooldown", "unseen", "recent", "similar", "claimed", "organization", "other_method",
    }  # fmt: skip


def test_a_long_story_fits_its_column(scene, bob):
    Lead.objects.filter(pk=scene.leads["Dana"].pk).update(first_name="D" * 150, last_name="M" * 150)
    User.objects.filter(pk=scene.users["Alice"].pk).update(first_name="A" * 150, last_name="J" * 150)
    scene.asked_not_to(reason="r" * 500)
    with pytest.raises(Refused):
        log_contact(lead_id=scene.leads["Dana"].id, user=bob, contact=Contact("email"))
    assert len(GuardDecision.objects.get().sentence) == SENTENCE_MAX


@pytest.mark.parametrize(
    ("ago", "tile", "words"), [(h(23), "23 h", "23 h ago"), (h(38), "1 d", "yesterday"), (h(47), "2 d", "2 days ago")]
)
def test_a_tile_counts_days_as_its_sentence_does(scene, bob, ago, tile, words):
    """47 hours ago was the day before yesterday in Berlin, 38 hours ago yesterday."""
    scene.sent("Bob", ago, "call")
    found = review(scene.leads["Dana"], Question(bob, "call"))
    states = {state.method: state for state in method_states(found, bob)}
    assert states["call"].tile == f"You, {tile}"
    assert f"called this lead {words}" in sentence(found.verdicts["call"].first)


def test_the_calendar_is_the_companys_also_where_the_clocks_change():
    berlin = ZoneInfo("Europe/Berlin")
    now, at = datetime(2026, 3, 29, 22, 30, tzinfo=UTC), datetime(2026, 3, 28, 22, 15, tzinfo=UTC)
    assert (times.ago(at, now, berlin), times.short_ago(at, now, berlin)) == ("2 days ago", "2 d")
    assert (times.ago(at, now, UTC), times.short_ago(at, now, UTC)) == ("yesterday", "1 d")


def test_nobody_is_asked_why_again_who_was_never_contacted(scene, bob, signed_in):
    def asked() -> str:
        said = {"method": "call", "direction": "outbound"}
        return signed_in(bob).post(f"/leads/{scene.leads['Dana'].id}/contacts/verdict/", said).text

    scene.writes("Alice", "email")
    assert "Why contact Dana now?" in asked()
    scene.sent("Alice", d(3))
    assert "Why contact Dana again?" in asked()
