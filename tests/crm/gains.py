"""What each part written by hand gains over the framework's own, measured: pytest -s -n0 tests/crm/gains.py

Not among the tests (its name does not begin with test_): run it when a part is changed or doubted, and write the
figures into the part's docstring. With and without the part take turns, and what is counted is the time that this
process and its PostgreSQL session spent on a processor, so that a busy machine disturbs little.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.layers import InMemoryChannelLayer
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.test import Client

from crm.handler import NEW_OBJECTS, OneThreadHandler, spare_the_collector
from leads.methods import ContactMethod
from outreach.live import hub as hubs
from tests.support.api import Tool
from tests.support.factories import AttemptFactory

ROUNDS = 30


@pytest.fixture(autouse=True)
def unlimited(settings) -> None:
    settings.API_CALLS_PER_MINUTE = 10**9


@pytest.fixture
def tool(alice) -> Tool:
    return Tool(alice)


@pytest.fixture
def history(lead, alice, bob) -> None:
    for number in range(30):
        AttemptFactory(lead=lead, user=(alice, bob)[number % 2], method=ContactMethod.values[number % 3])


def turns() -> Iterator[bool]:
    """With the part and without, by turns and each first as often."""
    for number in range(ROUNDS):
        yield from (True, False) if number % 2 else (False, True)


def compare(name: str, act: Callable[[], object], switch: Callable[[bool], None], *, calls: int = 10) -> None:
    """Print what an act costs with and without a part; `switch(True)` puts the part in."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for with_part in turns():
        switch(with_part)
        act()
        start = spent()
        for _ in range(calls):
            act()
        times[with_part].append((spent() - start) / calls * 1_000)
    switch(True)
    show(name, times)


def spent() -> float:
    """Seconds on a processor: of this process, and of the session at PostgreSQL where it is on this machine."""
    session = connections["default"].connection
    schedule = Path(f"/proc/{session.info.backend_pid}/schedstat") if session else None
    server = int(schedule.read_text().split()[0]) / 1e9 if schedule and schedule.exists() else 0
    return time.process_time() + server


def show(name: str, times: dict[bool, list[float]]) -> None:
    usual = {part: statistics.median(values) for part, values in times.items()}
    ratio = statistics.median(without / given for given, without in zip(times[True], times[False], strict=True))
    quartiles = statistics.quantiles((b / a for a, b in zip(times[True], times[False], strict=True)), n=4)
    print(
        f"\n{name}: {usual[True]:.2f} ms with, {usual[False]:.2f} ms without;"
        f" without it {ratio:.2f} times as long (half of all rounds: {quartiles[0]:.2f} to {quartiles[2]:.2f})"
    )


@pytest.mark.django_db
def test_prepared(tool, lead, history, settings):
    def switch(on: bool) -> None:
        settings.PREPARE_STATEMENTS = on

    check = {"lead_id": str(lead.id), "method": "email"}
    compare("prepared, check of one", lambda: ok(tool.post("/contacts/check", check)), switch)
    compare("prepared, history of 30", lambda: ok(tool.get(f"/leads/{lead.id}/contacts")), switch)
    inbound = {"method": "call", "override_reason": "Agreed on the phone"}
    compare("prepared, contact logged", lambda: ok(tool.post(f"/leads/{lead.id}/contacts", inbound)), switch, calls=5)


@pytest.mark.django_db
def test_compiled(alice, lead, history, settings, signed_in):
    def switch(on: bool) -> None:
        settings.COMPILE_QUERYSETS = on

    page = signed_in(alice)
    compare("compiled, lead page", lambda: ok(page.get(f"/leads/{lead.id}/")), switch, calls=3)
    compare("compiled, profile", lambda: ok(page.get("/profile/")), switch, calls=3)


@pytest.mark.django_db
def test_door(alice, tool, lead, settings):
    clients = {True: Client(), False: Client()}
    inside = settings.MIDDLEWARE
    clients[True].get("/healthz")
    settings.MIDDLEWARE = [name for name in inside if not name.startswith("crm.api.door")]
    clients[False].get("/healthz")

    def switch(on: bool) -> None:
        tool.client = clients[on]

    compare("door, one lead", lambda: ok(tool.get(f"/leads/{lead.id}")), switch)
    check = {"lead_id": str(lead.id), "method": "email"}
    compare("door, check of one", lambda: ok(tool.post("/contacts/check", check)), switch)


@pytest.mark.django_db(transaction=True)
def test_pool_check(tool, lead):
    connection = connections["default"]
    connection.close()
    kept = type(connection)._connection_pools
    pools: dict[bool, object] = {}

    def switch(on: bool) -> None:
        connection.close()
        connection.settings_dict["CONN_HEALTH_CHECKS"] = not on
        kept.pop(connection.alias, None)
        if on in pools:
            kept[connection.alias] = pools[on]
        pools[on] = connection.pool

    def call() -> None:
        connection.close()
        ok(tool.get(f"/leads/{lead.id}"))

    def ask() -> None:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    compare("pool check, one statement", ask, switch, calls=30)
    compare("pool check, one lead by the API", call, switch)
    switch(False)
    connection.close_pool()
    switch(True)


@pytest.mark.django_db(transaction=True)
def test_handler(alice, lead, history, signed_in):
    cookie = signed_in(alice).cookies["sessionid"].value
    handlers = {True: OneThreadHandler(), False: ASGIHandler()}
    current = {}

    def switch(on: bool) -> None:
        current["handler"] = handlers[on]

    async def requests(path: str, count: int) -> None:
        for _ in range(count):
            await request(current["handler"], path, cookie)

    for path in ("/healthz", "/profile/", f"/leads/{lead.id}/"):
        compare(f"handler, {path[:8]}", lambda path=path: asyncio.run(requests(path, 20)), switch, calls=1)


async def request(handler: ASGIHandler, path: str, cookie: str) -> None:
    headers = [(b"host", b"testserver"), (b"cookie", b"sessionid=" + cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    talk = ApplicationCommunicator(handler, {**scope, "http_version": "1.1", "asgi": {"version": "3.0"}})
    await talk.send_input({"type": "http.request", "body": b"", "more_body": False})
    assert (await talk.receive_output(timeout=30))["status"] == 200
    while (await talk.receive_output(timeout=30)).get("more_body"):
        pass
    await talk.wait()


@pytest.mark.django_db
def test_collector(alice, lead, history, signed_in):
    usual = gc.get_threshold()
    page = signed_in(alice)

    def switch(on: bool) -> None:
        if on:
            spare_the_collector()
            assert gc.get_threshold()[0] == NEW_OBJECTS
        else:
            gc.unfreeze()
            gc.set_threshold(*usual)

    times: dict[bool, list[float]] = {True: [], False: []}
    for with_part in turns():
        switch(with_part)
        for _ in range(12):
            start = spent()
            ok(page.get(f"/leads/{lead.id}/"))
            times[with_part].append((spent() - start) * 1_000)
    gc.unfreeze()
    gc.set_threshold(*usual)
    for name, pages in (("with", times[True]), ("without", times[False])):
        shares = statistics.quantiles(pages, n=20)
        print(
            f"\ncollector, lead page, {name}: {statistics.mean(pages):.1f} ms in the mean,"
            f" {shares[9]:.1f} half of all, {shares[18]:.1f} one in twenty, {max(pages):.1f} the slowest"
        )


def test_hub():
    """One event to the queues of 1,000 sockets: by one channel of the process, and by a channel for each."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for with_part in turns():
        gc.collect()
        times[with_part].append(asyncio.run(by_hub() if with_part else by_channels()))
    show("hub, last of 1,000", times)


SOCKETS = 1_000


async def by_hub() -> float:
    with replaced_layer() as layer:
        hub = hubs.Hub(asyncio.get_running_loop())
        assert hub.layer is layer
        queues = [asyncio.Queue(maxsize=10) for _ in range(SOCKETS)]
        for frames in queues:
            await hub.join("lead.x", frames)
        start = time.perf_counter()
        await hub.send([{"type": "live.frame", "group": "lead.x", "frame": "{}"}])
        await asyncio.gather(*(frames.get() for frames in queues))
        taken = time.perf_counter() - start
        hub.stop()
        return taken * 1_000


async def by_channels() -> float:
    layer = InMemoryChannelLayer()
    channels = [await layer.new_channel() for _ in range(SOCKETS)]
    for channel in channels:
        await layer.group_add("lead.x", channel)
    waiting = [asyncio.ensure_future(layer.receive(channel)) for channel in channels]
    await asyncio.sleep(0)
    start = time.perf_counter()
    await layer.group_send("lead.x", {"type": "live.frame", "group": "lead.x", "frame": "{}"})
    await asyncio.gather(*waiting)
    return (time.perf_counter() - start) * 1_000


@contextmanager
def replaced_layer() -> Iterator[InMemoryChannelLayer]:
    layer, usual = InMemoryChannelLayer(), hubs.get_channel_layer
    hubs.get_channel_layer = lambda: layer
    try:
        yield layer
    finally:
        hubs.get_channel_layer = usual


def test_embedded(monkeypatch):
    """From an empty folder to the first answer, again with the data there, and what each later connection costs."""
    program = (
        "import time; t = time.perf_counter(); import django; django.setup(); from crm.embedded.server import ensure;"
    )
    program += "ensure(); u = time.perf_counter(); [ensure() for _ in range(1000)]; v = time.perf_counter();"
    program += "print(f'{u - t:.2f} s to start, {v - u:.3f} ms for each later look')"
    with tempfile.TemporaryDirectory(prefix=uuid4().hex) as folder:
        for kind in ("empty folder", "again"):
            command = ["env", f"TANDEM_DATA_DIR={folder}", "DJANGO_SETTINGS_MODULE=crm.settings", sys.executable, "-c"]
            ended = subprocess.run([*command, program], capture_output=True, text=True, check=True)
            print(f"\nembedded, {kind}: {ended.stdout.strip()}")
            time.sleep(3)


def ok(response) -> None:
    assert response.status_code < 300, response.content
