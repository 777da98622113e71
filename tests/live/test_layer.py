"""A layer that is broken, frozen, slow or forgetful costs pages a little time and writes nothing."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import connections

from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.live import hub
from outreach.models import ContactAttempt
from tests.support.live import LIST, login, opened, page_of, run

pytestmark = pytest.mark.django_db(transaction=True)


def log_call(lead, user) -> tuple[ContactAttempt, float]:
    """The attempt, and the seconds it took to log."""
    started = time.perf_counter()
    attempt = log_contact(lead_id=lead.id, user=user, contact=Contact("call"), reason="They asked me to")
    return attempt, time.perf_counter() - started


async def fail(*args) -> None:
    raise ConnectionError("no layer here")


async def freeze(*args) -> None:
    await asyncio.sleep(60)


@pytest.fixture
def quick(settings, monkeypatch):
    settings.LIVE_HEARTBEAT_SECONDS = 0.1
    monkeypatch.setattr(hub, "RETRY_SECONDS", 0.05)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("broken", [fail, freeze])
def test_without_a_working_layer_a_contact_is_logged_and_the_heartbeat_tells_it(broken, alice, bob, lead, monkeypatch):
    client = login(alice)

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page:
            monkeypatch.setattr(InMemoryChannelLayer, "group_send", broken)
            attempt, seconds = await run(log_call, lead, bob)
            assert seconds < 1
            assert await run(ContactAttempt.objects.filter(pk=attempt.pk).exists)
            frame = await page.frame()
            while frame["version"] < attempt.recorded_version:
                frame = await page.frame()
            assert frame == {"event": "heartbeat", "version": attempt.recorded_version}

    async_to_sync(scenario)()


@pytest.mark.parametrize("broken", [fail, freeze])
def test_a_thread_that_serves_no_sockets_is_not_held_up_either(broken, alice, lead, monkeypatch, caplog):
    monkeypatch.setattr(InMemoryChannelLayer, "group_send", broken)
    monkeypatch.setattr(hub, "LAYER_SECONDS", 0.2)
    logged = []

    def log() -> None:
        logged.append(log_call(lead, alice))
        connections.close_all()

    thread = threading.Thread(target=log)
    thread.start()
    thread.join()
    attempt, seconds = logged[0]
    assert seconds < 1
    assert ContactAttempt.objects.get() == attempt
    hub.finish(hub.of_the_background())
    assert "A live event was not sent" in caplog.text


def test_whatever_goes_wrong_in_announcing_the_contact_stays_logged(alice, lead, monkeypatch):
    def fail_at_once(*args) -> None:
        raise RuntimeError("no threads left")

    monkeypatch.setattr(hub, "publish", fail_at_once)
    attempt, _ = log_call(lead, alice)
    assert ContactAttempt.objects.get() == attempt


def test_a_command_without_a_loop_sends_before_it_ends(alice, lead, monkeypatch):
    sent = []

    async def slow(layer, group, message) -> None:
        await asyncio.sleep(0.3)
        sent.append((group, message["type"]))

    monkeypatch.setattr(InMemoryChannelLayer, "group_send", slow)
    attempt, _ = log_call(lead, alice)
    assert not sent
    hub.finish(hub.of_the_background())
    assert sent == [
        (f"lead.{lead.id}", "lead.contacted"),
        (f"company.{attempt.company_id}", "lead.contacted"),
    ]


@pytest.mark.usefixtures("quick")
def test_a_page_opens_although_the_layer_does_not_answer(alice, lead, monkeypatch):
    client = login(alice)
    monkeypatch.setattr(hub, "LAYER_SECONDS", 0.2)
    monkeypatch.setattr(InMemoryChannelLayer, "group_add", freeze)

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page:
            assert page.hello["version"] == lead.version
            assert (await page.event("heartbeat"))["version"] == lead.version

    async_to_sync(scenario)()


@pytest.mark.usefixtures("quick")
def test_after_a_restart_of_the_layer_open_pages_hear_again(alice, bob, lead, monkeypatch):
    """A restarted Redis has forgotten who listens."""
    client, receive = login(alice), InMemoryChannelLayer.receive
    monkeypatch.setattr(hub, "RENEW_SECONDS", 60)

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page:
            monkeypatch.setattr(InMemoryChannelLayer, "receive", fail)
            await run(log_call, lead, bob)
            await page.event("lead:contacted")
            await get_channel_layer().flush()
            await asyncio.sleep(0.1)
            monkeypatch.setattr(InMemoryChannelLayer, "receive", receive)
            await asyncio.sleep(0.1)
            attempt, _ = await run(log_call, lead, bob)
            assert (await page.event("lead:contacted"))["attempt_id"] == str(attempt.id)

    async_to_sync(scenario)()


@pytest.mark.usefixtures("quick")
def test_memberships_that_the_layer_forgot_are_renewed(alice, bob, lead, monkeypatch):
    client = login(alice)
    monkeypatch.setattr(hub, "RENEW_SECONDS", 0.05)

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page:
            get_channel_layer().groups.clear()
            await asyncio.sleep(0.2)
            await run(log_call, lead, bob)
            await page.event("lead:contacted")

    async_to_sync(scenario)()


def test_pages_share_one_channel_and_leave_nothing_behind(alice, bob, lead):
    client = login(alice)

    async def scenario() -> None:
        groups, channels = get_channel_layer().groups, get_channel_layer().channels
        async with opened(page_of(lead), client) as page:
            async with opened(page_of(lead), client), opened(LIST, client):
                assert set(groups) == {f"lead.{lead.id}", f"company.{lead.company_id}", f"user.{alice.id}"}
                assert len(channels) == 1
            # One of two pages of the lead has gone, the other still hears.
            await run(log_call, lead, bob)
            await page.event("lead:contacted")
        assert not groups and not channels
        assert not hub.serving.listeners and not hub.serving.tasks

    async_to_sync(scenario)()


def test_a_page_that_does_not_read_holds_nobody_up(alice, bob, lead):
    """As under a server that waits for its client: the page's writes never return."""
    client = login(alice)

    async def scenario() -> None:
        async with opened(page_of(lead), client, room=2) as stuck, opened(page_of(lead), client) as page:
            for _ in range(5):
                await run(log_call, lead, bob)
                await page.event("lead:contacted")
            assert stuck.output_queue.full()

    async_to_sync(scenario)()


def test_more_than_a_page_can_take_is_dropped(lead):
    async def scenario() -> None:
        one, other = hub.Frames(2), hub.Frames(10)
        line = hub.of_this_loop()
        line.listeners["lead.1"] = {one, other}
        for number in range(5):
            await line.pass_on({"group": "lead.1", "frame": str(number)})
        assert (one.qsize(), other.qsize()) == (2, 5)

    async_to_sync(scenario)()


def test_while_a_thousand_pages_hear_an_event_other_work_gets_its_turn():
    async def scenario() -> None:
        turns, line = 0, hub.of_this_loop()
        line.listeners["lead.1"] = {hub.Frames() for _ in range(1_000)}
        heard = asyncio.ensure_future(line.pass_on({"group": "lead.1", "frame": ""}))
        while not heard.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns >= 20

    async_to_sync(scenario)()
