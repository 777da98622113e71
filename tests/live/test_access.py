"""Who may open a socket, from where, and how soon it ends with the login that opened it."""

from __future__ import annotations

import threading

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.urls import reverse

from crm.login.access import CompanyBackend
from crm.models import User
from leads import actions
from outreach.live import watch
from tests.support.factories import CompanyFactory
from tests.support.live import LIST, OWN, Page, login, opened, page_of, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quick(settings):
    """Heartbeats so often that a test need not wait."""
    settings.LIVE_HEARTBEAT_SECONDS = 0.1


def refusal_of(path: str, cookie: str = "") -> int:
    async def scenario() -> int:
        page = Page(path, cookie)
        await page.connect()
        refused = await page.receive_output()
        assert await page.receive_nothing()
        await page.disconnect()
        return refused["code"]

    return async_to_sync(scenario)()


def ended_by(path: str, user: User, act) -> int:
    """The code an open socket of this user is closed with after the act."""
    client = login(user)

    async def scenario() -> int:
        async with opened(path, client) as page:
            await page.event("heartbeat")
            await run(act, client)
            return await page.closed()

    return async_to_sync(scenario)()


def test_nobody_listens_without_a_login(lead):
    assert refusal_of(page_of(lead)) == 4401
    assert refusal_of(LIST) == 4401
    assert refusal_of(OWN) == 4401
    assert refusal_of(page_of(lead), cookie="made-up") == 4401


def test_a_deactivated_user_opens_nothing(alice, lead):
    cookie = login(alice).cookies["sessionid"].value
    User.objects.update(is_active=False)
    assert refusal_of(page_of(lead), cookie) == 4401


def test_foreign_unknown_and_deleted_leads_are_refused_alike(alice, charlie, lead):
    foreign = login(charlie).cookies["sessionid"].value
    assert refusal_of(page_of(lead), foreign) == 4404
    assert refusal_of(page_of("0190a5a4-0000-7000-8000-000000000000"), foreign) == 4404
    actions.delete_lead(lead_id=lead.id, user=alice)
    assert refusal_of(page_of(lead), login(alice).cookies["sessionid"].value) == 4404


@pytest.mark.parametrize("path", [LIST, OWN])
def test_staff_without_a_company_has_nothing_to_watch(admin, path):
    assert refusal_of(path, login(admin).cookies["sessionid"].value) == 4403


def test_the_heartbeat_tells_the_version(alice, lead, quick):
    client = login(alice)

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page, opened(LIST, client) as listed:
            assert await page.event("heartbeat") == {"event": "heartbeat", "version": lead.version}
            assert await listed.event("heartbeat") == {"event": "heartbeat", "version": None}
            edited = await run(actions.set_status, lead_id=lead.id, user=alice, status="lost")
            await page.event("lead:changed")
            assert (await page.event("heartbeat"))["version"] == edited.version

    async_to_sync(scenario)()


@pytest.mark.parametrize("path", [LIST, None])
def test_a_heartbeat_costs_one_query(path, alice, lead, django_assert_num_queries):
    client = login(alice)
    watching = watch.Watch(alice, client.session.session_key, None if path else lead.id)
    with django_assert_num_queries(1):
        assert watching.check() == (None if path else lead.version)


@pytest.mark.usefixtures("quick")
class TestOpenSocketsEnd:
    def test_at_sign_out(self, alice, lead):
        assert ended_by(page_of(lead), alice, lambda client: client.post(reverse("sign_out"))) == 4401

    def test_of_the_list_at_sign_out(self, alice, lead):
        assert ended_by(LIST, alice, lambda client: client.post(reverse("sign_out"))) == 4401

    def test_when_the_session_runs_out(self, alice, lead):
        def expire(client) -> None:
            session = client.session
            session.set_expiry(-1)
            session.save()

        assert ended_by(page_of(lead), alice, expire) == 4401

    def test_at_deactivation(self, alice, lead):
        deactivate = lambda client: User.objects.filter(pk=alice.pk).update(is_active=False)  # noqa: E731
        assert ended_by(page_of(lead), alice, deactivate) == 4401

    def test_at_a_new_password(self, alice, lead):
        def change_password(client) -> None:
            alice.set_password("a new and long one")
            alice.save(update_fields=["password"])

        assert ended_by(page_of(lead), alice, change_password) == 4401

    def test_at_a_move_to_another_company(self, alice, lead):
        def move(client) -> None:
            User.objects.filter(pk=alice.pk).update(company=CompanyFactory())

        assert ended_by(page_of(lead), alice, move) == 4403

    def test_at_a_change_of_role(self, alice, lead):
        promote = lambda client: User.objects.filter(pk=alice.pk).update(role="manager")  # noqa: E731
        assert ended_by(LIST, alice, promote) == 4403

    def test_when_the_lead_is_deleted(self, alice, lead):
        delete = lambda client: actions.delete_lead(lead_id=lead.id, user=alice)  # noqa: E731
        assert ended_by(page_of(lead), alice, delete) == 4404

    def test_when_the_login_cannot_be_checked(self, alice, lead, monkeypatch):
        def break_the_database(client) -> None:
            monkeypatch.setattr(watch.Watch, "check", fail)

        def fail(self) -> None:
            raise OperationalError("gone")

        assert ended_by(page_of(lead), alice, break_the_database) == 4503

    def test_but_not_because_the_page_does_other_things(self, alice, lead):
        client = login(alice)

        async def scenario() -> None:
            async with opened(page_of(lead), client) as page:
                await run(client.get, reverse("lead_list"))
                await run(client.get, reverse("profile"))
                for _ in range(3):
                    await page.event("heartbeat")

        async_to_sync(scenario)()


def connects(path: str, user: User, origin: str | None, host: str = "testserver") -> bool:
    cookie = login(user).cookies["sessionid"].value

    async def scenario() -> bool:
        page = Page(path, cookie, origin=origin, host=host)
        accepted, _ = await page.connect()
        if accepted:
            await page.frame()
            await page.disconnect()
        return accepted

    return async_to_sync(scenario)()


STRANGE_ORIGINS = [
    None,
    "null",
    "",
    "http://evil.test",
    "http://testserver.evil.test",
    "https://testserver",
    "http://testserver:8000",
    "http://testserver:99999",
    "//testserver",
    "testserver",
]


def test_pages_of_other_sites_open_nothing(alice, lead):
    assert connects(page_of(lead), alice, "http://testserver")
    assert not [origin for origin in STRANGE_ORIGINS if connects(page_of(lead), alice, origin)]


def test_in_production_only_the_named_origins_open_sockets(alice, settings):
    settings.PRODUCTION, settings.ORIGINS = True, ["https://crm.example.com"]
    assert connects(LIST, alice, "https://crm.example.com", host="crm.example.com")
    assert connects(LIST, alice, "https://crm.example.com:443", host="crm.example.com")
    assert not connects(LIST, alice, "http://crm.example.com", host="crm.example.com")
    assert not connects(LIST, alice, "https://crm.example.com:8443", host="crm.example.com")
    assert not connects(LIST, alice, "http://testserver")
    settings.ORIGINS = []
    assert not connects(LIST, alice, "http://testserver")


def test_a_strange_host_is_no_origin_of_ours_in_development(alice):
    assert connects(LIST, alice, "http://localhost:8000", host="localhost:8000")
    assert not connects(LIST, alice, "http://rebound.test:8000", host="rebound.test:8000")


def test_a_socket_to_nowhere_is_denied_in_peace(alice):
    for path in ("/", "/ws/", "/ws/leads/1/", "/ws/leads/../leads/", "/ws/leads/%00/"):
        assert not connects(path, alice, "http://testserver")


def test_without_a_database_sockets_are_refused_in_peace(alice, monkeypatch):
    def fail(*args) -> None:
        raise OperationalError("gone")

    cookie = login(alice).cookies["sessionid"].value
    monkeypatch.setattr(CompanyBackend, "get_user", fail)
    assert refusal_of(LIST, cookie) == 4503


def test_a_handshake_does_not_wait_for_the_database(alice, monkeypatch):
    """When all pages come back at once, servers would give up on those that wait for their turn."""
    cookie, turn = login(alice).cookies["sessionid"].value, threading.Event()
    get_user = CompanyBackend.get_user

    def wait_and_get_user(*args) -> User | None:
        turn.wait(5)
        return get_user(*args)

    monkeypatch.setattr(CompanyBackend, "get_user", wait_and_get_user)

    async def scenario() -> None:
        page = Page(LIST, cookie)
        assert (await page.connect())[0]
        assert not turn.is_set()
        turn.set()
        assert (await page.frame())["event"] == "hello"
        await page.disconnect()

    async_to_sync(scenario)()


def test_what_a_page_says_is_ignored(alice, bob, lead):
    client = login(alice)

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page:
            for text in ("hi", "{", '{"type": "lead.contacted"}', "\x00", "[]"):
                await page.send_to(text_data=text)
            for data in (b"\xff\xfe", b"{}"):
                await page.send_to(bytes_data=data)
            assert await page.receive_nothing()
            await run(actions.set_status, lead_id=lead.id, user=bob, status="lost")
            assert (await page.frame())["event"] == "lead:changed"

    async_to_sync(scenario)()


@pytest.mark.parametrize(
    ("said", "times", "code"), [("hi", 60, 4429), ("x" * 2_000, 1, 4413)], ids=["too often", "too much"]
)
def test_whoever_says_too_much_is_hung_up_on(said, times, code, alice, bob, lead):
    client = login(alice)

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page:
            for _ in range(times):
                await page.send_to(text_data=said)
            assert await page.closed() == code
            await run(actions.set_status, lead_id=lead.id, user=bob, status="lost")
            assert await page.receive_nothing()

    async_to_sync(scenario)()


def test_a_ping_is_answered_and_tells_nothing_else(alice, lead):
    client = login(alice)

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page:
            await page.send_to(text_data="ping")
            assert await page.frame() == {"event": "pong"}
            await page.send_to(text_data="pong")
            assert await page.receive_nothing()

    async_to_sync(scenario)()


def test_a_ping_does_not_wait_for_the_database(alice, lead, quick, monkeypatch):
    """A heartbeat may wait for the login's check; whether the line lives is known without it."""
    client, checked = login(alice), threading.Event()

    async def scenario() -> None:
        async with opened(page_of(lead), client) as page:
            monkeypatch.setattr(watch.Watch, "check", lambda watch: checked.wait(5))
            await page.send_to(text_data="ping")
            await page.event("pong")
            assert not checked.is_set()
            checked.set()

    async_to_sync(scenario)()
