"""The managers' review: what was logged against the guard, their word on it, and who reads it."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from crm.models import Role
from leads.actions import delete_lead
from leads.addresses import clean_identifiers, set_identifiers
from outreach.contacts.actions import Refused, log_contact, void_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, DecisionKind, GuardDecision
from outreach.reviews.review import review_decision
from tests.support.factories import AttemptFactory, LeadFactory, UserFactory
from tests.support.undo import press_undo, undo_address

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGE = "/review/"
NOBODY = "00000000-0000-7000-8000-000000000000"
TEMPLATE = "we help order desks like yours to take every order once. Could we speak for ten minutes on Friday?"


def ago(**length: int):
    return timezone.now() - timedelta(**length)


@pytest.fixture
def anyway(lead, alice, bob) -> ContactAttempt:
    """Alice emailed three days ago; Bob logged his email anyway."""
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=3), subject="Orders", body=f"Hi Dana, {TEMPLATE} Alice")
    said = Contact("email", subject="Orders again", body=f"Hello Dana, {TEMPLATE} Bob")
    return log_contact(lead_id=lead.id, user=bob, contact=said, reason="Different topic")


@pytest.fixture
def collision(lead, alice, bob) -> ContactAttempt:
    """Alice emailed six minutes ago; Bob had already sent his."""
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(minutes=6), subject="Hello")
    return log_contact(
        lead_id=lead.id, user=bob, contact=Contact("email", subject="Hi"), reason="From my phone", already_sent=True
    )


def address(attempt: ContactAttempt) -> str:
    return reverse("review_verdict", args=[attempt.id])


def cards(answer) -> list:
    return answer.context["cards"]


def decided(attempt: ContactAttempt) -> GuardDecision:
    return GuardDecision.objects.filter(attempt=attempt).first()


# Who may


def test_only_managers_open_the_page_and_review(anyway, alice, admin, charlie, signed_in, client):
    for user in (alice, admin, charlie):
        answer = signed_in(user).get(PAGE)
        assert answer.status_code == 403 and "A manager of your company can help" in answer.text
        assert signed_in(user).post(address(anyway), {"verdict": "accepted"}).status_code == 403
    assert client.get(PAGE)["Location"] == "/sign-in/?next=/review/"
    assert decided(anyway).review == ""


def test_the_verb_refuses_reps(anyway, bob):
    with pytest.raises(PermissionDenied):
        review_decision(attempt_id=anyway.id, user=bob, verdict="accepted")


def test_a_manager_of_another_company_sees_and_reviews_nothing_of_ours(anyway, charlie, signed_in):
    charlie.role = "manager"
    charlie.save()
    assert cards(signed_in(charlie).get(PAGE)) == []
    foreign = signed_in(charlie).post(address(anyway), {"verdict": "accepted"})
    random = signed_in(charlie).post(reverse("review_verdict", args=[uuid.uuid4()]), {"verdict": "accepted"})
    assert foreign.status_code == random.status_code == 404
    assert lasting(foreign.text) == lasting(random.text)
    with pytest.raises(ContactAttempt.DoesNotExist):
        review_decision(attempt_id=anyway.id, user=charlie, verdict="accepted")


def lasting(text: str) -> str:
    """The page without what differs at each reading: the CSRF tokens and the server's time."""
    return re.sub(r'[A-Za-z0-9]{64}|data-now="[^"]*"', "", text)


def test_a_contact_the_guard_had_nothing_against_is_not_reviewed(lead, bob, mona, signed_in):
    attempt = log_contact(lead_id=lead.id, user=bob, contact=Contact("call"))
    assert signed_in(mona).post(address(attempt), {"verdict": "accepted"}).status_code == 404


# What a card says


def test_a_warning_logged_anyway_shows_both_messages_with_what_is_alike(anyway, mona, signed_in):
    answer = signed_in(mona).get(PAGE)
    (card,) = cards(answer)
    assert card.badge == "Logged anyway"
    assert card.title == "Bob Smith emailed Dana Miller 3 days after Alice Jones"
    assert (card.theirs.who, card.mine.who) == ("Alice Jones", "Bob Smith")
    assert card.percent >= 80
    assert "recent contact" in card.rules
    assert re.search(r"<mark>Dana, we help order desks like yours[^<]*Friday", answer.text)
    assert f"{card.percent} % alike" in answer.text
    assert "“Different topic”" in answer.text
    assert f'href="/leads/{anyway.lead_id}/?entry={anyway.id}#attempt-{anyway.id}"' in answer.text


def test_a_collision_says_that_both_wrote_and_how_far_apart(collision, mona, signed_in):
    (card,) = cards(signed_in(mona).get(PAGE))
    assert (card.badge, card.title) == ("Collision", "Bob Smith and Alice Jones both emailed Dana Miller")
    assert card.apart == "6 min apart"
    assert card.rules.startswith("cooldown")


def test_the_rules_of_one_contact_are_one_card(collision, mona, signed_in):
    assert GuardDecision.objects.filter(attempt=collision).count() >= 2
    answer = signed_in(mona).get(PAGE)
    assert len(cards(answer)) == 1
    assert [tab["count"] for tab in answer.context["tabs"]] == [1, 0, 0]


def test_a_managers_own_override_of_a_block_is_his_to_review_and_says_so(lead, alice, mona, signed_in):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=5))
    attempt = log_contact(lead_id=lead.id, user=mona, contact=Contact("email"), reason="Wrong price corrected")
    answer = signed_in(mona).get(PAGE)
    assert cards(answer)[0].badge == "Block overridden"
    assert "You logged this yourself." in answer.text
    review_decision(attempt_id=attempt.id, user=mona, verdict="accepted")
    assert decided(attempt).review == "accepted"


def test_ones_own_follow_up_and_a_contact_by_another_record_read_right(lead, company, alice, bob, mona, signed_in):
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=ago(days=2))
    log_contact(lead_id=lead.id, user=bob, contact=Contact("call"), reason="Agreed")
    (card,) = cards(signed_in(mona).get(PAGE))
    assert card.title == "Bob Smith called Dana Miller again, 2 days apart"


def test_a_collision_with_a_wish_says_so_and_shows_the_wish(lead, bob, mona, signed_in):
    type(lead).objects.filter(pk=lead.pk).update(do_not_contact=True, do_not_contact_reason="has a supplier")
    log_contact(lead_id=lead.id, user=bob, contact=Contact("call"), reason="Dialed before", already_sent=True)
    (card,) = cards(signed_in(mona).get(PAGE))
    assert card.title == "Bob Smith called Dana Miller, who asked not to be contacted"
    assert card.theirs is None and "has a supplier" in card.instead


def test_an_overridden_claim_says_who_was_writing(lead, bob, mona, signed_in):
    attempt = AttemptFactory(lead=lead, user=bob)
    words = "Alice Jones was calling this person (since 12 Nov 2026 at 15:00)."
    decide(attempt, rule="claimed", sentence=words, colleague_name="Alice Jones", colleague_method="call")
    answer = signed_in(mona).get(PAGE)
    assert cards(answer)[0].title == "Bob Smith emailed Dana Miller while Alice Jones was writing"
    assert words in answer.text


def decide(attempt: ContactAttempt, **fields: object) -> GuardDecision:
    said = {"kind": DecisionKind.OVERRIDDEN, "rule": "recent", "sentence": "Somebody was first.", "reason": "Why"}
    about = {"company_id": attempt.company_id, "lead_id": attempt.lead_id, "user_id": attempt.user_id}
    names = {"user_name": attempt.user_name, "method": attempt.method, "attempt": attempt}
    return GuardDecision.objects.create(**{**about, **names, **said, **fields})


def test_likeness_is_shown_as_the_guard_measured_it(lead, alice, bob, mona, signed_in):
    earlier = AttemptFactory(lead=lead, user=alice, body="One thing")
    attempt = AttemptFactory(lead=lead, user=bob, body="Another")
    decide(attempt, rule="recent", earlier_attempt=earlier)
    decide(attempt, rule="similar", earlier_attempt=earlier, likeness=77)
    (card,) = cards(signed_in(mona).get(PAGE))
    assert card.percent == 77
    assert card.rules == "similar message, recent contact"


def test_a_voided_contact_and_a_deleted_lead_say_so_and_can_still_be_settled(anyway, bob, mona, signed_in):
    void_contact(attempt_id=anyway.id, user=bob, reason="wrong Dana")
    delete_lead(lead_id=anyway.lead_id, user=bob)
    client = signed_in(mona)
    text = client.get(PAGE).text
    assert "Voided by Bob Smith today at" in text and "“wrong Dana”" in text
    assert "The lead Dana Miller was deleted since." in text
    assert client.post(address(anyway), {"verdict": "accepted"}).status_code == 302
    assert decided(anyway).review == "accepted"


def test_what_people_wrote_is_shown_as_text(lead, alice, bob, mona, signed_in):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=2), body="<script>alert(1)</script> one two three")
    said = Contact("email", body="<script>alert(1)</script> one two three")
    log_contact(lead_id=lead.id, user=bob, contact=said, reason="<b>why</b>")
    text = signed_in(mona).get(PAGE).text
    assert "<script>alert" not in text and "<b>why" not in text


# A manager's word


def test_accepting_moves_the_contact_to_its_tab_without_javascript(collision, mona, signed_in):
    client = signed_in(mona)
    answer = client.post(address(collision), {"verdict": "accepted", "note": "Both pressed send at once"}, follow=True)
    assert answer.redirect_chain == [("/review/", 302)]
    assert "Accepted: Bob Smith and Alice Jones both emailed Dana Miller" in answer.text
    assert cards(answer) == []
    (card,) = cards(client.get(PAGE, {"show": "accepted"}))
    assert (card.review, card.note) == ("accepted", "Both pressed send at once")
    for decision in GuardDecision.objects.filter(attempt=collision):
        assert (decision.review, decision.reviewed_by, decision.reviewed_by_name) == ("accepted", mona, "Mona Fischer")
        assert decision.reviewed_at is not None


def test_a_click_takes_the_card_away_and_brings_counts_toast_and_undo(anyway, mona, signed_in):
    text = signed_in(mona).post(f"{address(anyway)}?rule=recent", {"verdict": "not_acceptable"}, headers=HTMX).text
    assert f'id="review-{anyway.id}"' not in text
    assert 'id="review-head" hx-swap-oob="true"' in text and 'id="toast"' in text
    assert undo_address(text)[0] == f"{reverse('undo')}?rule=recent"
    assert 'class="review-due" hx-swap-oob="outerHTML:.review-due"></span>' in text


def test_undo_brings_back_what_was_said_before(anyway, mona, signed_in):
    client = signed_in(mona)
    client.post(address(anyway), {"verdict": "not_acceptable", "note": "Read first"}, headers=HTMX)
    before = decided(anyway)
    changed = client.post(f"{address(anyway)}?show=not_acceptable", {"verdict": "accepted"}, headers=HTMX).text
    text = press_undo(client, changed).text
    assert f'id="review-{anyway.id}"' in text and "data-current" in text
    assert (decided(anyway).review, decided(anyway).review_note) == ("not_acceptable", "Read first")
    assert (decided(anyway).reviewed_at, decided(anyway).reviewed_by) == (before.reviewed_at, mona)


def test_undo_of_the_first_review_leaves_none_with_and_without_javascript(anyway, mona, signed_in):
    for htmx in (True, False):
        client = signed_in(mona)
        said = client.post(address(anyway), {"verdict": "accepted"}, headers=HTMX if htmx else {}, follow=not htmx).text
        assert "To be reviewed again." in press_undo(client, said, htmx=htmx).text
        decision = decided(anyway)
        assert (decision.review, decision.review_note, decision.reviewed_by, decision.reviewed_at) == (
            "",
            "",
            None,
            None,
        )


def test_a_review_that_another_manager_has_changed_since_is_not_undone(anyway, mona, company, signed_in):
    said = signed_in(mona).post(address(anyway), {"verdict": "accepted"}, headers=HTMX).text
    other = UserFactory(company=company, first_name="Max", last_name="Weber", role=Role.MANAGER)
    review_decision(attempt_id=anyway.id, user=other, verdict="not_acceptable")
    answer = press_undo(signed_in(mona), said)
    assert answer.status_code == 409 and "Max Weber has reviewed it since. Nothing was undone." in answer.text
    assert decided(anyway).review == "not_acceptable"


def test_saying_the_same_again_changes_nothing(anyway, mona, lead):
    review_decision(attempt_id=anyway.id, user=mona, verdict="accepted", note="ok")
    first, version = decided(anyway).reviewed_at, lead_version(lead)
    review_decision(attempt_id=anyway.id, user=mona, verdict="accepted", note=" ok ")
    assert (decided(anyway).reviewed_at, lead_version(lead)) == (first, version)


def lead_version(lead) -> int:
    return type(lead).objects.get(pk=lead.pk).version


def test_a_review_raises_the_version_of_every_record_of_the_person(anyway, company, mona, lead):
    set_identifiers(lead, "email", clean_identifiers("email", "dana@acme.example", "US"))
    other = LeadFactory(company=company)
    set_identifiers(other, "email", clean_identifiers("email", "Dana@Acme.example", "US"))
    before = max(lead_version(lead), lead_version(other))
    review_decision(attempt_id=anyway.id, user=mona, verdict="accepted")
    assert lead_version(lead) == lead_version(other) == before + 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"verdict": "maybe"}, "Verdict"), ({}, "Verdict"), ({"verdict": ""}, "Verdict"),
        ({"verdict": "accepted", "note": "x" * 501}, "Note"), ({"verdict": "accepted", "note": "nul\0"}, "Note"),
    ],
)  # fmt: skip
def test_a_review_said_wrongly_changes_nothing_and_keeps_what_was_typed(anyway, mona, signed_in, said, field):
    for headers in ({}, HTMX):
        answer = signed_in(mona).post(address(anyway), said, headers=headers)
        assert answer.status_code == 422 and f"{field}: " in answer.text
        assert said.get("note", "").replace("\0", "") in answer.text
    assert decided(anyway).review == ""


def test_the_verb_names_the_field_too(anyway, mona):
    for said in (
        {"verdict": "maybe"},
        {"verdict": "accepted", "note": "x" * 501},
        {"verdict": "accepted", "note": "\0"},
    ):
        with pytest.raises(ValidationError) as error:
            review_decision(attempt_id=anyway.id, user=mona, **said)
        assert set(error.value.message_dict) <= {"verdict", "note"}


def test_a_review_by_get_is_none(anyway, mona, signed_in):
    assert signed_in(mona).get(address(anyway)).status_code == 405


# Both reps read it


def test_both_entries_on_the_timeline_say_what_the_manager_said(anyway, alice, bob, mona, signed_in):
    review_decision(attempt_id=anyway.id, user=mona, verdict="not_acceptable", note="Read the timeline first")
    for rep, who in ((alice, "Bob Smith"), (bob, "You")):
        text = signed_in(rep).get(reverse("lead", args=[anyway.lead_id])).text
        assert f"{who} emailed after this, logged anyway." in text
        assert text.count("Mona Fischer: not acceptable — “Read the timeline first”") == 2


def test_the_first_rep_reads_of_a_collision_and_not_of_one_that_was_voided(collision, alice, bob, signed_in):
    page = reverse("lead", args=[collision.lead_id])
    assert "Bob Smith emailed after this, recorded as a collision." in signed_in(alice).get(page).text
    void_contact(attempt_id=collision.id, user=bob, reason="never sent")
    assert "Bob Smith emailed after this" not in signed_in(alice).get(page).text


def test_a_contact_logged_late_is_marked_as_one_before(lead, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(days=1))
    said = Contact("call", occurred_at=ago(days=2))
    log_contact(lead_id=lead.id, user=bob, contact=said, reason="Logged late")
    text = signed_in(alice).get(reverse("lead", args=[lead.id])).text
    assert "Bob Smith called before this, logged anyway." in text


# The list


def test_tabs_and_filters_narrow_the_list_and_stay_in_the_address(lead, company, alice, bob, mona, signed_in):
    AttemptFactory(lead=lead, user=alice, method="call", occurred_at=ago(days=2))
    called = log_contact(lead_id=lead.id, user=bob, contact=Contact("call"), reason="Agreed")
    other = LeadFactory(company=company)
    AttemptFactory(lead=other, user=bob, occurred_at=ago(hours=3))
    sent = log_contact(lead_id=other.id, user=alice, contact=Contact("email"), reason="Sent", already_sent=True)
    client = signed_in(mona)

    def found(**asked: str) -> list:
        return [card.id for card in cards(client.get(PAGE, asked))]

    assert found() == [sent.id, called.id]
    assert found(user=str(bob.id)) == [called.id]
    assert found(rule="cooldown") == [sent.id]
    assert found(kind="collision") == [sent.id]
    assert found(kind="overridden") == [called.id]
    assert found(kind="block") == []
    assert found(rule="cooldown", user=str(bob.id)) == []
    review_decision(attempt_id=called.id, user=mona, verdict="not_acceptable")
    assert found() == [sent.id] and found(show="not_acceptable") == [called.id] and found(show="accepted") == []
    answer = client.get(PAGE, {"user": str(bob.id), "show": "not_acceptable"})
    assert [tab["count"] for tab in answer.context["tabs"]] == [0, 0, 1]
    assert answer.context["tabs"][1]["url"] == f"/review/?show=accepted&user={bob.id}"
    assert f'<option value="{bob.id}" selected>' in answer.text


@pytest.mark.parametrize(
    "asked",
    [{"show": "all"}, {"rule": "pigeon"}, {"kind": "x"}, {"user": "me"}, {"user": NOBODY}, {"rule": "\0"}],
)
def test_a_filter_that_makes_no_sense_is_named_and_shows_everything(anyway, mona, signed_in, asked):
    answer = signed_in(mona).get(PAGE, asked)
    assert answer.status_code == 422
    assert len(cards(answer)) == 1 and "This filter is left out." in answer.text


@pytest.mark.parametrize("place", ["x", "2026-01-01T00:00:00_x", f"0001-01-01T00:00:00+14:00_{NOBODY}", "\0"])
def test_a_place_that_is_none_shows_the_first_page(anyway, mona, signed_in, place):
    answer = signed_in(mona).get(PAGE, {"before": place})
    assert answer.status_code in (200, 422)


def test_older_ones_come_on_demand_each_exactly_once(lead, alice, bob, mona, signed_in):
    same, first = ago(days=5), AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=9))
    made = [overridden(lead, bob, first, same) for _ in range(23)]
    client = signed_in(mona)
    answer = client.get(PAGE)
    seen = [card.id for card in cards(answer)]
    while answer.context["more_url"]:
        answer = client.get(answer.context["more_url"], headers=HTMX)
        seen += [card.id for card in cards(answer)]
    assert len(seen) == 23 and set(seen) == {attempt.id for attempt in made}


def overridden(lead, user, earlier: ContactAttempt, at) -> ContactAttempt:
    attempt = AttemptFactory(lead=lead, user=user, occurred_at=at)
    for rule in ("recent", "similar"):
        decide(attempt, rule=rule, earlier_attempt=earlier, created_at=at)
    return attempt


def test_the_page_takes_the_same_few_queries_however_much_there_is(
    lead, company, alice, bob, mona, signed_in, django_assert_max_num_queries, django_assert_num_queries
):
    first = AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=9))
    made = [overridden(lead, bob, first, ago(days=3)) for _ in range(2)]
    review_decision(attempt_id=made[0].id, user=mona, verdict="accepted")
    client = signed_in(mona)
    with django_assert_max_num_queries(12) as few:
        client.get(PAGE)
    more = [overridden(LeadFactory(company=company), bob, first, ago(days=3)) for _ in range(40)]
    for attempt in more[:20]:
        review_decision(attempt_id=attempt.id, user=mona, verdict="accepted")
    with django_assert_num_queries(len(few)):
        client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE, {"show": "accepted"})


# The count in the bar


def test_managers_read_in_the_bar_how_many_are_due_and_reps_pay_nothing(
    anyway, alice, mona, lead, signed_in, django_assert_max_num_queries
):
    page = reverse("lead", args=[lead.id])
    reps, managers = signed_in(alice), signed_in(mona)
    with django_assert_max_num_queries(8) as reps_queries:
        text = reps.get(page).text
    assert "/review/" not in text
    with django_assert_max_num_queries(8) as managers_queries:
        text = managers.get(page).text
    # The count comes with that of the unread notes, which everybody's bar shows.
    assert len(managers_queries) == len(reps_queries)
    assert text.count('<span class="review-due">1<') == 3
    with django_assert_max_num_queries(8):
        managers.get("/leads/")
    review_decision(attempt_id=anyway.id, user=mona, verdict="accepted")
    assert '<span class="review-due"></span>' in managers.get(page).text


def test_a_long_backlog_is_not_counted_to_its_end(lead, alice, bob, mona, signed_in):
    first = AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=9))
    for _ in range(101):
        overridden(lead, bob, first, ago(days=3))
    assert '<span class="review-due">99+<' in signed_in(mona).get("/leads/").text


def test_refusals_are_not_due(lead, alice, bob, mona, signed_in):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=1))
    with pytest.raises(Refused):
        log_contact(lead_id=lead.id, user=bob, contact=Contact("email"))
    answer = signed_in(mona).get(PAGE)
    assert cards(answer) == [] and "Nothing to review." in answer.text


def test_staff_read_the_review(anyway, mona, admin, signed_in):
    review_decision(attempt_id=anyway.id, user=mona, verdict="not_acceptable", note="Read the timeline first")
    text = signed_in(admin).get(reverse("admin:outreach_guarddecision_change", args=[decided(anyway).pk])).text
    assert "Not acceptable" in text and "Read the timeline first" in text and "Mona Fischer" in text


# Pages that stay open


def news(client, **asked):
    answer = client.get("/review/news/", asked, headers=HTMX)
    assert answer.status_code == 200
    return answer.context["news"], [tab["count"] for tab in answer.context["tabs"]]


def test_an_open_page_counts_what_it_does_not_show_yet_by_its_filters(
    anyway, lead, company, alice, bob, mona, signed_in, django_assert_num_queries
):
    client = signed_in(mona)
    assert news(client, shown=str(anyway.id)) == (0, [1, 0, 0])
    first = AttemptFactory(lead=LeadFactory(company=company), user=alice, occurred_at=ago(days=3))
    later = overridden(first.lead, bob, first, ago(hours=1))
    assert news(client, shown=str(anyway.id)) == (1, [2, 0, 0])
    assert news(client, shown=f"{anyway.id},{later.id}")[0] == 0
    assert news(client, shown=str(anyway.id), kind="collision")[0] == 0
    # What lies beyond the end of the page is old, however little of it is shown.
    place = f"{decided(later).created_at.isoformat()}_{decided(later).id}"
    assert news(client, before=place) == (1, [2, 0, 0])
    with django_assert_num_queries(5):
        text = client.get("/review/news/", {"shown": str(anyway.id)}, headers=HTMX).text
    assert "Show 1 new" in text and 'id="review-count-1"' in text and "review-due" in text


def test_the_news_are_a_managers_alone_and_what_is_no_list_of_cards_is_refused(anyway, alice, mona, signed_in):
    assert signed_in(alice).get("/review/news/", headers=HTMX).status_code == 403
    answer = signed_in(mona).get("/review/news/", {"shown": "pigeon"}, headers=HTMX)
    assert (answer.status_code, answer.text) == (422, "shown: These are no cards.")
    assert signed_in(mona).get("/review/news/", {"rule": "recent"})["Location"] == "/review/?rule=recent"
