"""Who has a lead's page open is seen by colleagues, from the socket's hello until it is gone."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from crm.models import User
from leads.actions import delete_lead
from leads.addresses import clean_identifiers, set_identifiers
from outreach.guard import glance
from outreach.live import claims
from outreach.live.presence import SocketPresence
from outreach.live.presence_words import present_colleagues
from outreach.live.watch import Watch
from outreach.models import Claim, Presence
from tests.support.factories import LeadFactory, UserFactory
from tests.support.live import LIST, Page, login, opened, page_of, run

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def quick(settings):
    """Heartbeats so often that a test need not wait."""
    settings.LIVE_HEARTBEAT_SECONDS = 0.1


def claim(lead, user) -> Claim:
    return claims.claim_person(lead_id=lead.id, user=user, method="email")


def sit(lead, user, *, seconds_ago: int = 0) -> Presence:
    seen_at = timezone.now() - timedelta(seconds=seconds_ago)
    return Presence.objects.create(company=lead.company, lead=lead, user=user, seen_at=seen_at)


def names(lead, viewer) -> list[str]:
    return [
        f"{colleague.name} {colleague.words}"
        for colleague in present_colleagues(glance(lead, viewer).facts, viewer).colleagues
    ]


def test_colleagues_hear_who_comes_and_goes(lead, alice, bob):
    alices, bobs = login(alice), login(bob)

    async def scenario() -> None:
        async with opened(page_of(lead), alices, sees_presence=True) as page:
            assert (await page.frame())["user_id"] == str(alice.id)
            async with opened(page_of(lead), bobs):
                assert await page.frame() == {
                    "event": "lead:presence",
                    "lead_id": str(lead.id),
                    "also": [],
                    "user_id": str(bob.id),
                    "user_name": "Bob Smith",
                    "doing": "viewing",
                    "was": "",
                    "method": "",
                }
                assert await run(names, lead, alice) == ["Bob Smith is viewing"]
            heard = await page.frame()
            assert (heard["user_id"], heard["doing"], heard["was"]) == (str(bob.id), "left", "viewing")
            assert await run(names, lead, alice) == []

    async_to_sync(scenario)()
    assert not Presence.objects.exists()


def test_another_tab_of_the_same_rep_is_no_news(lead, alice, bob):
    alices, bobs = login(alice), login(bob)

    async def scenario() -> None:
        async with opened(page_of(lead), alices, sees_presence=True) as page, opened(page_of(lead), bobs):
            for _ in range(2):
                await page.event("lead:presence")
            async with opened(page_of(lead), bobs):
                assert await page.receive_nothing()
            assert await page.receive_nothing()
            assert await run(names, lead, alice) == ["Bob Smith is viewing"]

    async_to_sync(scenario)()


def test_other_records_of_the_person_show_it_and_lists_and_rivals_hear_nothing(lead, alice, bob, charlie, company):
    twin = LeadFactory(company=company)
    for record in (lead, twin):
        set_identifiers(record, "email", clean_identifiers("email", "dana@acme.example", "US"))
    alices, bobs, charlies = login(alice), login(bob), login(charlie)

    async def scenario() -> None:
        async with (
            opened(page_of(twin), alices, sees_presence=True) as page,
            opened(LIST, alices, sees_presence=True) as listed,
            opened(LIST, charlies, sees_presence=True) as rival,
        ):
            await page.event("lead:presence")
            async with opened(page_of(lead), bobs):
                heard = await page.event("lead:presence")
                assert (heard["lead_id"], heard["also"]) == (str(lead.id), [str(twin.id)])
                assert await run(names, twin, alice) == ["Bob Smith is viewing"]
            assert await listed.receive_nothing()
            assert await rival.receive_nothing()

    async_to_sync(scenario)()


def test_an_outsider_takes_no_seat(lead, charlie):
    charlies = login(charlie)

    async def scenario() -> None:
        page = Page(page_of(lead), charlies.cookies["sessionid"].value)
        await page.connect()
        assert await page.closed() == 4404
        assert not await run(Presence.objects.exists)
        await page.disconnect()

    async_to_sync(scenario)()


def test_a_page_that_is_closed_frees_its_claim(lead, alice, bob):
    alices, bobs = login(alice), login(bob)

    async def scenario() -> None:
        async with (
            opened(LIST, bobs, sees_presence=True) as listed,
            opened(page_of(lead), bobs, sees_presence=True) as page,
        ):
            async with opened(page_of(lead), alices):
                await run(claim, lead, alice)
                await run(claim, lead, bob)
            for heard in (page, listed):
                frame = await heard.event("lead:presence")
                while frame["doing"] != "left":
                    frame = await heard.event("lead:presence")
                assert (frame["user_id"], frame["was"]) == (str(alice.id), "writing")
            assert [held.user_id for held in await run(list, Claim.objects.all())] == [bob.id]

    async_to_sync(scenario)()


def test_a_claim_stays_while_another_tab_is_at_the_lead(lead, alice):
    alices = login(alice)

    async def scenario() -> None:
        async with opened(page_of(lead), alices):
            async with opened(page_of(lead), alices):
                await run(claim, lead, alice)
            assert await run(Claim.objects.exists)
        assert not await run(Claim.objects.exists)

    async_to_sync(scenario)()


def test_of_tabs_that_close_at_once_one_frees_the_claim(lead, alice):
    for _ in range(10):
        presences = [SocketPresence(lead.id, alice) for _ in range(4)]
        for presence in presences:
            arrive(presence)
        claim(lead, alice)
        leave_at_once(presences)
        assert not Presence.objects.exists()
        assert not Claim.objects.exists()


def leave_at_once(presences: list[SocketPresence]) -> None:
    barrier = threading.Barrier(len(presences))

    def leave(presence: SocketPresence) -> None:
        barrier.wait()
        presence.leave()
        connections.close_all()

    threads = [threading.Thread(target=leave, args=[presence]) for presence in presences]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def arrive(presence: SocketPresence) -> None:
    assert presence.renew(User.objects.filter(pk=presence.user.pk)) is not None


@transaction.atomic
def names_after_silence(lead, viewer) -> list[str]:
    """Whom the viewer sees when nobody has been heard for longer than a minute: no heartbeat comes in between."""
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=90))
    return names(lead, viewer)


@pytest.mark.usefixtures("quick")
def test_the_heartbeat_keeps_the_seat_and_takes_it_again_if_it_was_lost(lead, alice, bob):
    alices = login(alice)

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page:
            assert await run(names_after_silence, lead, bob) == []
            for _ in range(2):
                await page.event("heartbeat")
            assert await run(names, lead, bob) == ["Alice Jones is viewing"]
            await run(lambda: Presence.objects.all().delete())
            for _ in range(2):
                await page.event("heartbeat")
            assert await run(names, lead, bob) == ["Alice Jones is viewing"]

    async_to_sync(scenario)()


def test_a_heartbeat_with_its_presence_costs_one_query(lead, alice, django_assert_num_queries):
    client = login(alice)
    watch = Watch(alice, client.session.session_key, lead.id, SocketPresence(lead.id, alice))
    with django_assert_num_queries(1):
        assert watch.check() == lead.version
    with django_assert_num_queries(1):
        assert watch.check() == lead.version
    assert Presence.objects.count() == 1


@pytest.mark.usefixtures("quick")
def test_signing_out_or_being_deactivated_ends_presence_and_claim(lead, alice, bob):
    for end in (
        lambda client: client.post(reverse("sign_out")),
        lambda client: User.objects.filter(pk=alice.pk).update(is_active=False),
    ):
        client = login(alice)

        async def scenario(end=end, client=client) -> None:
            async with opened(page_of(lead), client) as page:
                await run(claim, lead, alice)
                await run(end, client)
                assert await page.closed() == 4401
            assert not await run(Presence.objects.exists)
            assert not await run(Claim.objects.exists)

        async_to_sync(scenario)()


def test_somebody_deactivated_is_shown_neither_as_looking_nor_as_writing(lead, alice, bob, signed_in):
    """The socket may take some seconds to close, and a crashed server leaves rows behind."""
    sit(lead, bob)
    claim(lead, bob)
    assert names(lead, alice) == ["Bob Smith is writing an email"]
    Claim.objects.all().delete()
    assert names(lead, alice) == ["Bob Smith is viewing"]
    claim(lead, bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert names(lead, alice) == [], "Somebody who was deactivated is still shown at the person."
    Claim.objects.all().delete()
    assert names(lead, alice) == [], "Somebody who was deactivated is still shown as looking."
    client = signed_in(alice)
    for address in (f"/leads/{lead.id}/", f"/leads/{lead.id}/presence/", "/leads/"):
        assert "Bob Smith" not in client.get(address, headers=HTMX).text, f"{address} shows somebody deactivated."


def test_a_seat_is_not_taken_at_a_lead_that_is_gone(lead, alice):
    delete_lead(lead_id=lead.id, user=alice)
    assert SocketPresence(lead.id, alice).renew(User.objects.filter(pk=alice.pk)) == alice
    assert not Presence.objects.exists()


def test_who_has_been_silent_for_a_minute_is_gone_and_later_cleared_up(lead, alice, bob):
    sit(lead, bob, seconds_ago=59)
    assert names(lead, alice) == ["Bob Smith is viewing"]
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    assert names(lead, alice) == []
    Presence.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    presence = SocketPresence(lead.id, alice)
    arrive(presence)
    presence.announce()
    assert [row.user_id for row in Presence.objects.all()] == [alice.id]


def test_writers_come_first_and_of_many_only_some_are_named(lead, alice, company, signed_in):
    for name in ("Dora", "Bert", "Carl", "Emma", "Fred"):
        sit(lead, UserFactory(company=company, first_name=name, last_name="Rep"))
    claim(lead, User.objects.get(first_name="Emma"))
    page = signed_in(alice).get(f"/leads/{lead.id}/presence/", headers=HTMX)
    shown = [f"{colleague.short_name} {colleague.words}" for colleague in page.context["presence"].shown]
    assert shown == ["Emma is writing an email", "Bert is viewing", "Carl is viewing"]
    assert "and 2 more" in page.text and "Dora Rep, Fred Rep" in page.text
    assert 'id="presence"' in page.text and "<html" not in page.text


def test_the_fragment_says_when_to_look_again(lead, alice, bob, signed_in):
    page = signed_in(alice).get(f"/leads/{lead.id}/presence/", headers=HTMX)
    assert "data-seconds" not in page.text
    sit(lead, bob, seconds_ago=20)
    page = signed_in(alice).get(f"/leads/{lead.id}/presence/", headers=HTMX)
    assert 'data-seconds="40"' in page.text


@pytest.mark.parametrize("colleagues", [0, 30])
def test_the_fragment_takes_four_queries_whoever_is_here(
    lead, alice, company, colleagues, signed_in, django_assert_num_queries
):
    """Session, user, lead, guard, who is here."""
    for _ in range(colleagues):
        sit(lead, UserFactory(company=company))
    client = signed_in(alice)
    with django_assert_num_queries(4):
        client.get(f"/leads/{lead.id}/presence/", headers=HTMX)


def test_the_fragment_as_a_page_is_the_leads_page(lead, alice, signed_in):
    answer = signed_in(alice).get(f"/leads/{lead.id}/presence/")
    assert answer["Location"] == f"/leads/{lead.id}/"
