"""A lead's open page hears what happens to the lead, at once, and only that."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction

from leads import actions as lead_actions
from outreach.contacts import actions
from outreach.contacts.contact import Contact
from outreach.contacts.summary import rebuild_summaries
from outreach.live.hub import Hub
from outreach.live.watch import Watch
from outreach.models import ContactAttempt
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.live import LIST, Page, login, opened, page_of, run

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = Contact("email", subject="Pricing", body="A secret offer")


def test_a_colleague_hears_who_contacted_the_lead(alice, bob, lead):
    alices, bobs = login(alice), login(bob)

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page, opened(page_of(lead), bobs) as own:
            attempt = await run(actions.log_contact, lead_id=lead.id, user=bob, contact=EMAIL)
            expected = {
                "event": "lead:contacted",
                "lead_id": str(lead.id),
                "attempt_id": str(attempt.id),
                "method": "email",
                "direction": "outbound",
                "user_id": str(bob.id),
                "user_name": "Bob Smith",
                "occurred_at": attempt.occurred_at.isoformat().replace("+00:00", "Z"),
                "version": attempt.recorded_version,
            }
            assert await page.frame() == expected
            assert await own.frame() == expected
            assert page.hello["version"] == attempt.recorded_version - 1

    async_to_sync(scenario)()


def test_a_frame_carries_no_message_and_stays_small(alice, bob, lead):
    alices = login(alice)
    bob.first_name, bob.last_name = "🦊" * 150, "🦊" * 150
    bob.save()

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page:
            await run(actions.log_contact, lead_id=lead.id, user=bob, contact=EMAIL)
            frame = await page.receive_from()
            assert bob.name in frame
            assert "secret" not in frame and "Pricing" not in frame
            assert len(frame.encode()) < 2_000

    async_to_sync(scenario)()


def test_answers_voids_and_edits_are_heard_too(alice, bob, lead):
    alices = login(alice)
    attempt = AttemptFactory(lead=lead, user=bob)

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page:
            marked = await run(actions.mark_responded, attempt_id=attempt.id, user=bob, responded=True)
            heard = await page.frame()
            assert (heard["event"], heard["responded"]) == ("lead:responded", True)
            assert (heard["attempt_id"], heard["user_name"]) == (str(attempt.id), "Bob Smith")
            assert heard["version"] == marked.recorded_version

            await run(actions.mark_responded, attempt_id=attempt.id, user=bob, responded=False)
            heard = await page.frame()
            assert (heard["responded"], heard["response_at"]) == (False, None)

            await run(actions.void_contact, attempt_id=attempt.id, user=bob, reason="Wrong person")
            assert (await page.frame())["event"] == "lead:changed"

            edited = await run(lead_actions.set_status, lead_id=lead.id, user=bob, status="qualified")
            assert await page.frame() == {
                "event": "lead:changed",
                "lead_id": str(lead.id),
                "version": edited.version,
            }

    async_to_sync(scenario)()


def test_pages_of_other_leads_hear_nothing(alice, bob, lead, company):
    alices, other = login(alice), LeadFactory(company=company)

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page, opened(page_of(other), alices) as another:
            await run(actions.log_contact, lead_id=lead.id, user=bob, contact=EMAIL)
            await page.event("lead:contacted")
            assert await another.receive_nothing()

    async_to_sync(scenario)()


def test_the_list_hears_of_every_lead_of_the_company_and_of_no_other(alice, bob, charlie, lead):
    alices, charlies = login(alice), login(charlie)

    async def scenario() -> None:
        async with opened(LIST, alices) as page, opened(LIST, charlies) as rivals:
            assert page.hello == {"event": "hello", "version": None}
            attempt = await run(actions.log_contact, lead_id=lead.id, user=bob, contact=EMAIL)
            heard = await page.event("lead:contacted")
            assert (heard["lead_id"], heard["attempt_id"]) == (str(lead.id), str(attempt.id))
            assert await rivals.receive_nothing()

    async_to_sync(scenario)()


def test_an_outsider_is_refused_and_hears_nothing(alice, bob, charlie, lead):
    alices, charlies = login(alice), login(charlie)

    async def scenario() -> None:
        outsider = Page(page_of(lead), charlies.cookies["sessionid"].value)
        async with opened(page_of(lead), alices) as page:
            await outsider.connect()
            assert await outsider.receive_output() == {"type": "websocket.close", "code": 4404}
            await run(actions.log_contact, lead_id=lead.id, user=bob, contact=EMAIL)
            await page.event("lead:contacted")
            assert await outsider.receive_nothing()
            await outsider.disconnect()

    async_to_sync(scenario)()


def test_a_rollback_rings_no_bell(alice, bob, lead):
    alices = login(alice)

    def fail() -> None:
        with transaction.atomic():
            actions.log_contact(lead_id=lead.id, user=bob, contact=EMAIL)
            raise ZeroDivisionError

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page:
            with pytest.raises(ZeroDivisionError):
                await run(fail)
            assert await page.receive_nothing(), "A page heard of a contact that was rolled back."
            await run(actions.log_contact, lead_id=lead.id, user=bob, contact=EMAIL)
            assert (await page.frame())["version"] == page.hello["version"] + 1

    async_to_sync(scenario)()


def test_a_refused_contact_rings_no_bell(alice, bob, lead):
    alices = login(alice)
    AttemptFactory(lead=lead, user=alice)

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page:
            with pytest.raises(actions.TooSoon):
                await run(actions.log_contact, lead_id=lead.id, user=bob, contact=EMAIL)
            assert await page.receive_nothing()

    async_to_sync(scenario)()


def test_rows_that_are_brought_in_or_rebuilt_ring_no_bell(alice, bob, lead, company):
    alices = login(alice)

    def bring_in() -> None:
        rows = [AttemptFactory.build(lead=lead, user=bob, company=company) for _ in range(3)]
        ContactAttempt.objects.bulk_create(rows)
        rebuild_summaries([lead.id])
        AttemptFactory(lead=lead, user=bob)

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page, opened(LIST, alices) as listed:
            await run(bring_in)
            assert await page.receive_nothing()
            assert await listed.receive_nothing()

    async_to_sync(scenario)()


def test_what_was_committed_before_the_page_subscribed_is_learnt_from_the_hello(alice, bob, lead):
    alices, rendered = login(alice), lead.version

    async def scenario() -> None:
        attempt = await run(actions.log_contact, lead_id=lead.id, user=bob, contact=EMAIL)
        async with opened(page_of(lead), alices) as page:
            assert page.hello == {"event": "hello", "version": attempt.recorded_version}
            assert page.hello["version"] > rendered

    async_to_sync(scenario)()


@pytest.mark.parametrize("moment", range(6))
def test_nothing_falls_between_the_hello_and_the_frames(moment, alice, bob, lead, monkeypatch):
    """A contact committed at any moment of subscribing is in the hello or comes as a frame."""
    alices, passed = login(alice), iter(range(6))
    check, join = Watch.check, Hub.join

    def pass_moment() -> None:
        if next(passed, None) == moment:
            actions.log_contact(lead_id=lead.id, user=bob, contact=EMAIL)

    def check_between_moments(watch: Watch) -> int | None:
        pass_moment()
        found = check(watch)
        pass_moment()
        return found

    async def join_between_moments(hub: Hub, *args) -> None:
        await run(pass_moment)
        await join(hub, *args)
        await run(pass_moment)

    monkeypatch.setattr(Watch, "check", check_between_moments)
    monkeypatch.setattr(Hub, "join", join_between_moments)

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page:
            if page.hello["version"] == lead.version:
                assert (await page.frame())["version"] == lead.version + 1
            assert next(passed, None) is None

    async_to_sync(scenario)()
