"""A claim shows colleagues who is writing to a person; it is renewed, let go and forgotten, and locks nobody out."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.utils import timezone

from leads import actions as lead_actions
from leads.addresses import clean_identifiers, set_identifiers
from leads.models import Lead
from outreach.live import claims
from outreach.models import Claim, CompanyPolicy, ContactAttempt
from tests.support.factories import LeadFactory
from tests.support.live import LIST, login, opened, page_of, run

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
UNKNOWN = "0190a5a4-0000-7000-8000-000000000000"


@pytest.fixture
def twin(lead, company) -> Lead:
    """Another record of the same person."""
    twin = LeadFactory(company=company, first_name="D.", last_name="Miller")
    for record in (lead, twin):
        set_identifiers(record, "email", clean_identifiers("email", "dana@acme.example", "US"))
    return twin


def claim(lead, user, method: str = "email") -> Claim:
    return claims.claim_person(lead_id=lead.id, user=user, method=method)


def release(lead, user) -> None:
    claims.release_person(lead_id=lead.id, user=user)


def minutes(held: Claim) -> int:
    return round((held.expires_at - held.started_at) / timedelta(minutes=1))


def presence(client, lead):
    return client.get(f"/leads/{lead.id}/presence/", headers=HTMX)


def test_a_claim_holds_for_five_minutes_or_as_many_as_the_policy_says(lead, alice, company):
    assert minutes(claim(lead, alice)) == 5
    Claim.objects.all().delete()
    CompanyPolicy.objects.create(company=company, claim_minutes=12)
    assert minutes(claim(lead, alice)) == 12


def test_a_renewal_keeps_its_beginning_and_one_row(lead, alice):
    first = claim(lead, alice)
    again = claim(lead, alice, "call")
    assert Claim.objects.get().method == "call"
    assert again.started_at == first.started_at and again.expires_at > first.expires_at


def test_a_claim_that_had_run_out_begins_anew(lead, alice):
    first = claim(lead, alice)
    earlier = timezone.now() - timedelta(minutes=9)
    Claim.objects.update(started_at=earlier, expires_at=earlier + timedelta(minutes=5))
    again = claim(lead, alice)
    assert again.started_at > first.started_at
    assert Claim.objects.count() == 1


def test_colleagues_claim_side_by_side(lead, alice, bob):
    claim(lead, alice)
    claim(lead, bob, "call")
    assert Claim.objects.count() == 2


def test_claims_that_silence_freed_long_ago_are_cleared_up(lead, alice, bob):
    claim(lead, bob)
    Claim.objects.update(expires_at=timezone.now() - timedelta(days=2))
    claim(lead, alice)
    assert [held.user_id for held in Claim.objects.all()] == [alice.id]


def test_foreign_deleted_and_unknown_leads_are_the_same_404(lead, alice, charlie, admin, signed_in):
    gone = LeadFactory(company=lead.company)
    lead_actions.delete_lead(lead_id=gone.id, user=alice)
    asked = [(charlie, lead.id), (alice, gone.id), (alice, UNKNOWN), (admin, lead.id)]
    answers = []
    for user, lead_id in asked:
        client = signed_in(user)
        answers.append(client.post(f"/leads/{lead_id}/claim/", {"method": "email"}))
        answers.append(client.post(f"/leads/{lead_id}/claim/release/"))
        answers.append(client.get(f"/leads/{lead_id}/presence/", headers=HTMX))
    assert {answer.status_code for answer in answers} == {404}
    assert not Claim.objects.exists()


@pytest.mark.parametrize("method", ["", "pigeon", "EMAIL", "\0", "email\n", "x" * 5_000])
def test_an_unknown_method_is_named_in_the_answer(lead, alice, signed_in, method):
    answer = signed_in(alice).post(f"/leads/{lead.id}/claim/", {"method": method})
    assert answer.status_code == 422
    assert answer.json() == {"errors": {"method": ["Pick how you are about to contact the lead."]}}
    with pytest.raises(ValidationError):
        claim(lead, alice, method)


def test_claims_are_only_posted_and_never_from_another_site(lead, alice, signed_in):
    strict = signed_in(alice, enforce_csrf_checks=True)
    for path in (f"/leads/{lead.id}/claim/", f"/leads/{lead.id}/claim/release/"):
        assert strict.post(path, {"method": "email"}).status_code == 403
        assert signed_in(alice).get(path).status_code == 405
    assert not Claim.objects.exists()


def test_a_page_claims_renews_and_lets_go(lead, alice, signed_in):
    client = signed_in(alice)
    answer = client.post(f"/leads/{lead.id}/claim/", {"method": "linkedin"})
    assert answer.status_code == 200 and 100 <= answer.json()["renew_seconds"] <= 120
    assert Claim.objects.get().method == "linkedin"
    for _ in range(2):
        assert client.post(f"/leads/{lead.id}/claim/release/").status_code == 204
    assert not Claim.objects.exists()


def test_a_renewal_takes_three_queries(lead, alice, signed_in, django_assert_num_queries):
    """Session, user, claim."""
    client = signed_in(alice)
    client.post(f"/leads/{lead.id}/claim/", {"method": "email"})
    with django_assert_num_queries(3):
        client.post(f"/leads/{lead.id}/claim/", {"method": "email"})


def test_the_page_without_scripts_claims_and_the_dialog_says_it_itself(lead, alice, signed_in):
    client = signed_in(alice)
    client.get(f"/leads/{lead.id}/contacts/new/", headers=HTMX)
    assert not Claim.objects.exists()
    client.get(f"/leads/{lead.id}/contacts/new/?method=call")
    assert Claim.objects.get().method == "call"


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("email", "Alice is writing an email"),
        ("linkedin", "Alice is writing on LinkedIn"),
        ("call", "Alice is calling"),
        ("sms", "Alice is writing an SMS"),
        ("other", "Alice is making contact"),
    ],
)
def test_page_fragment_dialog_and_list_of_every_record_show_it_to_colleagues(
    lead, twin, alice, bob, signed_in, method, words
):
    claim(twin, alice, method)
    client = signed_in(bob)
    dialog = client.get(f"/leads/{lead.id}/contacts/new/", headers=HTMX)
    # The rule that needs a reason names her already.
    assert dialog.text.count(words.replace("Alice", "Alice Jones")) == 1 and words not in dialog.text
    for answer in (client.get(f"/leads/{lead.id}/"), presence(client, lead), dialog):
        assert words in answer.text or answer is dialog
        assert "Tell me when it is free" in answer.text
    assert client.get("/leads/").text.count(words) == 2
    rows = client.get("/leads/rows/", {"ids": str(lead.id)}).text
    assert words in rows and re.search(r'data-seconds="(300|29\d)"', rows)


def test_nobody_is_shown_oneself_or_another_company(lead, alice, bob, charlie, signed_in):
    claim(lead, alice)
    claim(LeadFactory(company=charlie.company), charlie)
    for user in (alice, charlie):
        client = signed_in(user)
        assert "is writing" not in client.get("/leads/").text
    assert "is writing" not in presence(signed_in(alice), lead).text


def test_who_has_fallen_silent_or_left_the_company_is_not_shown(lead, alice, bob, signed_in):
    claim(lead, alice)
    alice.is_active = False
    alice.save()
    assert "is writing" not in presence(signed_in(bob), lead).text
    alice.is_active = True
    alice.save()
    assert "is writing" in presence(signed_in(bob), lead).text
    Claim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "is writing" not in presence(signed_in(bob), lead).text


def test_whom_the_person_refused_to_hear_stays_first_in_the_list(lead, alice, bob, signed_in):
    lead_actions.set_do_not_contact(lead_id=lead.id, user=bob, whole=True, methods=[], reason="no")
    claim(lead, alice)
    (row,) = signed_in(bob).get("/leads/").context["rows"]
    assert row["safe"]["words"] == "Do not contact"


def test_a_claim_is_no_history(lead, alice, signed_in):
    before = Lead.objects.get().version
    claim(lead, alice)
    release(lead, alice)
    assert Lead.objects.get().version == before
    assert not ContactAttempt.objects.exists()


def test_a_logged_contact_frees_the_person_in_one_statement(lead, twin, alice, bob, django_assert_num_queries):
    claim(twin, alice)
    claim(twin, bob)
    with django_assert_num_queries(1):
        claims.free_after_contact(alice, [lead.id, twin.id])
    assert [held.user_id for held in Claim.objects.all()] == [bob.id]


def test_every_record_and_the_list_hear_who_begins_changes_and_stops(lead, twin, alice, bob, company):
    bobs, other = login(bob), LeadFactory(company=company)

    async def scenario() -> None:
        async with (
            opened(page_of(lead), bobs, sees_presence=True) as page,
            opened(LIST, bobs, sees_presence=True) as listed,
            opened(page_of(other), bobs, sees_presence=True) as another,
        ):
            await page.event("lead:presence")
            await another.event("lead:presence")
            await run(claim, twin, alice)
            told = {
                "event": "lead:presence",
                "lead_id": str(twin.id),
                "also": [str(lead.id)],
                "user_id": str(alice.id),
                "user_name": "Alice Jones",
                "doing": "writing",
                "was": "",
                "method": "email",
            }
            assert await page.frame() == told
            assert await listed.frame() == told

            await run(claim, twin, alice)
            assert await page.receive_nothing()

            await run(claim, twin, alice, "call")
            heard = await page.frame()
            assert (heard["doing"], heard["was"], heard["method"]) == ("writing", "writing", "call")
            assert await listed.frame() == heard

            await run(release, twin, alice)
            heard = await page.frame()
            assert (heard["doing"], heard["was"], heard["method"]) == ("left", "writing", "")
            assert await listed.frame() == heard
            await run(release, twin, alice)
            assert await page.receive_nothing()
            assert await another.receive_nothing()

    async_to_sync(scenario)()


def test_a_claim_that_had_run_out_is_freed_without_a_word(lead, alice, bob):
    bobs = login(bob)

    def run_out_and_release() -> None:
        claim(lead, alice)
        Claim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        release(lead, alice)

    async def scenario() -> None:
        async with opened(page_of(lead), bobs, sees_presence=True) as page:
            await page.event("lead:presence")
            await run(run_out_and_release)
            assert (await page.frame())["doing"] == "writing"
            assert await page.receive_nothing()

    async_to_sync(scenario)()


def test_a_rival_hears_nothing_of_it(lead, alice, charlie):
    charlies = login(charlie)

    async def scenario() -> None:
        async with opened(LIST, charlies, sees_presence=True) as page:
            await run(claim, lead, alice)
            await run(release, lead, alice)
            assert await page.receive_nothing()

    async_to_sync(scenario)()


def test_frames_stay_small_and_reach_a_person_of_many_records(alice, bob, company):
    records = [LeadFactory(company=company) for _ in range(25)]
    for record in records:
        set_identifiers(record, "email", clean_identifiers("email", "dana@acme.example", "US"))
    alice.first_name, alice.last_name = "🦊" * 150, "🦊" * 150
    alice.save()
    bobs = login(bob)

    async def scenario() -> None:
        async with opened(LIST, bobs, sees_presence=True) as listed:
            await run(claim, records[0], alice)
            told = set()
            for _ in range(3):
                frame = await listed.receive_from()
                assert len(frame.encode()) < 2_000
                heard = json.loads(frame)
                told |= {heard["lead_id"], *heard["also"]}
            assert told == {str(record.id) for record in records}

    async_to_sync(scenario)()
