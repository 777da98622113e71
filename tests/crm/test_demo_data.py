"""The demo story: it obeys the rules it shows, is the same each time, and is told relative to now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction

from crm.models import Company, User
from leads.methods import ContactMethod
from leads.models import Lead, LeadStatus
from outreach.contacts.summary import rebuild_summaries
from outreach.demo.story import Story
from outreach.demo.telling import tell
from outreach.demo.texts import FIRST_WORDS
from outreach.guard import Answer, Question, review
from outreach.lists.named_views import untouched
from outreach.models import ContactAttempt, DecisionKind, Direction, GuardDecision, Rule

# A Monday before work, a Sunday, a night, the change to summer time, New Year.
MOMENTS = ["2026-11-23T05:10", "2026-11-22T12:00", "2026-07-15T01:00", "2026-03-29T23:30", "2027-01-01T10:00"]


def load(**options: object) -> str:
    out = StringIO()
    call_command("demo_data", stdout=out, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The story is loaded once; the transaction of each test begins after it and is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db) -> None: ...


@cache
def story_of(moment: datetime) -> Story:
    return tell(moment)


def lead_named(first: str, last: str) -> Lead:
    return Lead.objects.get(company__name="Northwind Trading", first_name=first, last_name=last)


def answers_for(email: str, lead: Lead) -> dict[str, Answer]:
    user = User.objects.select_related("company").get(email=email)
    verdicts = review(lead, Question(user, ContactMethod.EMAIL)).verdicts
    return {method: verdict.answer for method, verdict in verdicts.items()}


def test_the_story_has_its_size_and_its_people(demo) -> None:
    assert 190 <= Lead.objects.count() <= 230
    assert 1_700 <= ContactAttempt.objects.count() <= 2_300
    # A method that was added later may have no words there yet; the first five have.
    methods = set(ContactAttempt.objects.values_list("method", flat=True))
    assert methods == set(FIRST_WORDS) and len(methods) >= 5
    people = ["alice@demo.test", "bob@demo.test", "mona@demo.test", "charlie@rival.test", "admin@demo.test"]
    for email in people:
        assert User.objects.get(email=email).check_password(settings.DEMO_PASSWORD)
    assert User.objects.get(email="mona@demo.test").is_manager
    assert User.objects.get(email="admin@demo.test").company is None


def test_everybody_can_sign_in(demo, rf) -> None:
    assert authenticate(rf.post("/sign-in/"), username="alice@demo.test", password=settings.DEMO_PASSWORD)


def test_no_summary_has_drifted(demo) -> None:
    assert rebuild_summaries(list(Lead.objects.values_list("id", flat=True))) == []


def test_no_rule_was_broken_without_a_decision(demo) -> None:
    report = StringIO()
    call_command("check_invariants", stdout=report)
    assert "0 violations" in report.getvalue()


def test_alice_emailed_dana_two_days_ago(demo) -> None:
    dana = lead_named("Dana", "Miller")
    zone = ZoneInfo(dana.company.time_zone)
    newest = dana.attempts.live().newest_first()[0]
    assert (newest.user_name, newest.method) == ("Alice Jones", ContactMethod.EMAIL)
    days = datetime.now(zone).date() - newest.occurred_at.astimezone(zone).date()
    assert days == timedelta(days=2)
    assert answers_for("bob@demo.test", dana)[ContactMethod.EMAIL] == Answer.WARN


def test_each_state_of_the_guard_is_in_the_plot(demo) -> None:
    assert set(answers_for("bob@demo.test", lead_named("Ben", "Carter")).values()) == {Answer.ALLOW}
    assert answers_for("alice@demo.test", lead_named("Peter", "Novak"))[ContactMethod.EMAIL] == Answer.BLOCK
    assert set(answers_for("alice@demo.test", lead_named("Hugo", "Martin")).values()) == {Answer.BLOCK}
    assert answers_for("bob@demo.test", lead_named("Grace", "Okafor"))[ContactMethod.SMS] == Answer.BLOCK
    lena = lead_named("Lena", "Vogt")
    assert lena.status == LeadStatus.CONVERSING
    assert answers_for("alice@demo.test", lena)[ContactMethod.EMAIL] == Answer.ALLOW
    assert answers_for("bob@demo.test", lena)[ContactMethod.CALL] == Answer.WARN


def test_one_lead_was_left_alone_for_forty_days(demo) -> None:
    marcus = lead_named("Marcus", "Webb")
    assert marcus in Lead.objects.filter(untouched(39))


def test_decisions_of_each_kind_have_sentences(demo) -> None:
    for kind in DecisionKind:
        decision = GuardDecision.objects.filter(kind=kind).first()
        assert "this lead" in decision.sentence
    assert GuardDecision.objects.filter(rule=Rule.COOLDOWN, kind=DecisionKind.COLLISION).count() >= 2
    assert ContactAttempt.objects.exclude(voided_at=None).count() >= 2


def test_replies_say_what_they_answer_and_changes_left_audit_rows(demo) -> None:
    replies = ContactAttempt.objects.filter(direction=Direction.INBOUND).select_related("in_reply_to")
    assert replies and all(reply.in_reply_to.responded for reply in replies)
    changed = ContactAttempt.objects.filter(responded=True)
    assert all(attempt.events.count() >= 2 for attempt in changed[:20])


def test_the_rival_company_shares_a_person_and_nothing_else(demo) -> None:
    rival = Company.objects.get(name="Rival Ltd")
    assert Lead.objects.filter(company=rival, identifiers__normalised="dana@acme.example").count() == 1
    assert not ContactAttempt.objects.filter(company=rival).exclude(user__company=rival).exists()


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_lies_in_the_future_whenever_it_is_told(moment: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    story = story_of(now)
    assert all(attempt.occurred_at <= attempt.created_at <= now for attempt in story.attempts)
    answers = [(a.response_at, a.occurred_at) for a in story.attempts if a.responded]
    assert all(contacted <= answered <= now for answered, contacted in answers)
    assert all(decision.created_at <= now for decision in story.decisions)
    assert all(event.at <= now for event in story.events)


@pytest.mark.parametrize("moment", MOMENTS)
def test_people_are_contacted_in_working_hours(moment: str) -> None:
    story = story_of(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    for attempt in story.attempts:
        local = attempt.occurred_at.astimezone(ZoneInfo(attempt.company.time_zone))
        assert 8 <= local.hour < 19


@pytest.mark.parametrize("moment", MOMENTS)
def test_some_leads_are_cooling_down_whenever_it_is_told(moment: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    emailed = {
        attempt.lead_id
        for attempt in story_of(now).attempts
        if attempt.method == ContactMethod.EMAIL
        and not attempt.is_inbound
        and attempt.occurred_at > now - timedelta(hours=24)
    }
    assert len(emailed) >= 5


def test_the_same_seed_tells_the_same_story() -> None:
    now = datetime(2026, 11, 23, 17, tzinfo=UTC)
    one, two, other = tell(now), tell(now), tell(now, seed=1)
    assert [(a.id, a.subject, a.body) for a in one.attempts] == [(a.id, a.subject, a.body) for a in two.attempts]
    assert [a.id for a in one.attempts] != [a.id for a in other.attempts]


def test_every_placeholder_is_filled() -> None:
    story = tell(datetime(2026, 11, 23, 17, tzinfo=UTC))
    assert not [a for a in story.attempts if "{" in a.subject + a.body]


def test_loading_twice_says_so_and_changes_nothing(demo) -> None:
    attempts = ContactAttempt.objects.count()
    assert "The demo story is already here" in load()
    assert ContactAttempt.objects.count() == attempts
