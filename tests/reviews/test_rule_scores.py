"""The guard's own score: what each rule was shown, what came of it, and which rule is noise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from outreach.contacts.actions import Refused, log_contact, void_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, GuardDecision, RuleShown
from outreach.reviews.guard_counts import GuardCounts, GuardNumbers
from outreach.reviews.rule_scores import GuardScore, RuleShare, read_score
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def emailed(lead, alice) -> ContactAttempt:
    """Alice emailed three days ago: another email needs a reason."""
    return AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(days=3))


def counts(company) -> GuardCounts:
    return read_score(company).numbers.total


def refuse(lead, user, method: str = "email") -> None:
    with pytest.raises(Refused):
        log_contact(lead_id=lead.id, user=user, contact=Contact(method))


def move(model, **length: int) -> None:
    """Let what is stored have happened earlier. History is append-only, so the triggers are stepped around."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(created_at=row.created_at - timedelta(**length))
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


# What was shown


def test_opening_the_dialog_notes_what_stood_in_the_way_once_a_day(emailed, lead, bob, signed_in):
    client, page = signed_in(bob), reverse("contact_new", args=[lead.id])
    for _ in range(3):
        client.get(page, headers=HTMX)
    shown = RuleShown.objects.get()
    assert (shown.company_id, shown.lead_id, shown.user_id, shown.rule) == (lead.company_id, lead.id, bob.id, "recent")


def test_asking_again_and_coming_back_refused_are_noted_too(lead, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(hours=2))
    client = signed_in(bob)
    client.post(reverse("contact_verdict", args=[lead.id]), {"method": "email", "direction": "outbound"}, headers=HTMX)
    assert set(RuleShown.objects.values_list("rule", flat=True)) >= {"cooldown", "recent"}
    RuleShown.objects.all().delete()
    said = {"method": "email", "direction": "outbound", "key": "k1", "subject": "Hi"}
    assert client.post(reverse("contact_new", args=[lead.id]), said, headers=HTMX).status_code == 429
    assert set(RuleShown.objects.values_list("rule", flat=True)) >= {"cooldown", "recent"}


def test_nothing_is_noted_when_all_is_clear(lead, bob, signed_in):
    client, page = signed_in(bob), reverse("contact_new", args=[lead.id])
    client.get(page, headers=HTMX)
    assert not RuleShown.objects.exists()


def test_noting_costs_one_statement(emailed, lead, bob, signed_in, django_assert_num_queries):
    client = signed_in(bob)
    page = reverse("contact_new", args=[lead.id])
    client.get(page, headers=HTMX)
    with mock.patch("outreach.views.contacts.note_shown"), CaptureQueriesContext(connection) as without:
        client.get(page, headers=HTMX)
    with django_assert_num_queries(len(without) + 1):
        client.get(page, headers=HTMX)


def test_a_page_opens_all_the_same_when_it_cannot_be_noted(emailed, lead, bob, signed_in):
    with mock.patch("outreach.reviews.shown.connection") as away:
        away.cursor.side_effect = DatabaseError("away")
        answer = signed_in(bob).get(reverse("contact_new", args=[lead.id]), headers=HTMX)
    assert answer.status_code == 200 and "Log anyway" in answer.text


def test_a_day_is_the_companys(emailed, lead, bob):
    from outreach.guard import Question, check
    from outreach.reviews.shown import note_shown

    verdict = check(lead, Question(bob, "email"))
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    object.__setattr__(verdict, "now", late)
    note_shown(lead, bob, verdict)
    assert RuleShown.objects.get().day.isoformat() == "2026-07-02"


# The score


def test_each_rule_counts_a_rep_at_a_lead_on_a_day_once(emailed, lead, company, bob, signed_in):
    signed_in(bob).get(reverse("contact_new", args=[lead.id]), headers=HTMX)
    for _ in range(3):
        refuse(lead, bob)
    log_contact(lead_id=lead.id, user=bob, contact=Contact("email"), reason="Agreed")
    score = read_score(company)
    share = score.shares["recent"]
    assert (share.words, share.shown, share.overridden, share.percent) == ("recent contact", 1, 1, 100)
    assert score.numbers.by_rule == {"recent": GuardCounts(after_warning=1)}


def test_what_was_only_looked_at_counts_as_shown(emailed, lead, company, alice, bob, signed_in):
    for rep in (alice, bob):
        signed_in(rep).get(reverse("contact_new", args=[lead.id]), headers=HTMX)
    score = read_score(company)
    assert (score.shares["recent"].shown, score.shares["recent"].overridden) == (2, 0)
    assert score.numbers == GuardNumbers()


def test_a_collision_is_counted_as_one(emailed, lead, company, bob):
    log_contact(lead_id=lead.id, user=bob, contact=Contact("email"), reason="Sent", already_sent=True)
    score = read_score(company).numbers
    assert score.by_rule["recent"] == score.total == GuardCounts(collisions=1)


def test_prevented_is_a_refusal_after_which_the_rep_left_the_lead_alone(emailed, lead, company, alice, bob):
    refuse(lead, bob)
    refuse(lead, bob)
    assert counts(company).prevented == 1
    refuse(lead, alice)
    assert counts(company).prevented == 2
    log_contact(lead_id=lead.id, user=bob, contact=Contact("call"))
    assert counts(company).prevented == 2
    log_contact(lead_id=lead.id, user=bob, contact=Contact("email"), reason="Agreed")
    assert counts(company) == GuardCounts(left_alone=1, after_warning=1)


def test_a_contact_after_the_cooldown_takes_nothing_from_what_was_prevented(emailed, lead, company, bob):
    refuse(lead, bob)
    move(GuardDecision, hours=25)
    log_contact(lead_id=lead.id, user=bob, contact=Contact("email"), reason="Agreed")
    assert counts(company).prevented == 1


def test_voided_contacts_are_neither_logged_anyway_nor_in_the_way_of_prevented(emailed, lead, company, bob):
    refuse(lead, bob)
    attempt = log_contact(lead_id=lead.id, user=bob, contact=Contact("email"), reason="Agreed")
    void_contact(attempt_id=attempt.id, user=bob, reason="never sent")
    assert counts(company) == GuardCounts(left_alone=1)


def test_only_the_last_thirty_days_count_and_only_ones_own_company(emailed, lead, company, bob, charlie):
    refuse(lead, bob)
    move(GuardDecision, days=29)
    assert counts(company).left_alone == 1
    move(GuardDecision, days=1)
    RuleShown.objects.create(
        company=company, lead=lead, user=bob, rule="recent", day=timezone.localdate() - timedelta(days=31)
    )
    assert counts(company) == GuardCounts() and not read_score(company).shares
    assert read_score(charlie.company) == GuardScore(GuardNumbers(), {})


def test_a_rule_that_is_nearly_always_overridden_is_pointed_out_in_words(company, alice, bob, mona, signed_in):
    for number in range(20):
        lead = LeadFactory(company=company)
        AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(days=3))
        if number < 16:
            log_contact(lead_id=lead.id, user=bob, contact=Contact("email"), reason="Agreed")
        elif number < 19:
            refuse(lead, bob)
    client = signed_in(mona)
    assert "is noise" not in client.get("/review/").text
    refuse(lead, bob)
    text = client.get("/review/").text
    assert "“Recent contact” was overridden 80 % of the times it was shown." in text and "is noise" in text


@pytest.mark.parametrize(("shown", "overridden", "noisy"), [(19, 19, False), (20, 15, False), (20, 16, True)])
def test_noise_needs_many_and_nearly_always(shown, overridden, noisy):
    assert RuleShare("recent contact", shown, overridden).is_noisy == noisy


def test_the_score_takes_three_queries_however_much_there_is(emailed, lead, company, bob, django_assert_num_queries):
    refuse(lead, bob)
    with django_assert_num_queries(3):
        read_score(company)
    for _ in range(10):
        other = LeadFactory(company=company)
        AttemptFactory(lead=other, user=bob, occurred_at=timezone.now() - timedelta(days=3))
        refuse(other, bob)
    with django_assert_num_queries(3):
        assert read_score(company).numbers.by_rule["recent"].left_alone == 11
