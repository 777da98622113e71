"""Whatever becomes of a connection while nobody uses it, the next request is answered."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from crm.postgres import base
from outreach.bench.database import connect

SECONDS = 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds_idle", [0, base.SECONDS_TRUSTED])
def test_a_connection_the_server_has_ended_costs_no_request(signed_in, alice, lead, monkeypatch, seconds_idle):
    """In use a moment ago or idle for a while: whether the server is asked or only listened to, its end is seen."""
    client = signed_in(alice)
    page = f"/leads/{lead.id}/"
    # A pool of its own with a single connection, so that the next one taken is the one that is ended.
    connection.close()
    connection.close_pool()
    connection.pool.open(wait=True)
    ended = backend()
    connection.close()
    end_session(ended)
    monkeypatch.setattr(base, "monotonic", lambda: time.monotonic() + seconds_idle)
    assert client.get(page).status_code == 200
    assert backend() != ended


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end_session(pid: int) -> None:
    """Have the server end this session, and return once it is gone."""
    with connect() as outside:
        outside.execute("SELECT pg_terminate_backend(%s)", [pid])
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and is_there(outside, pid):
            time.sleep(0.01)


def is_there(outside, pid: int) -> bool:
    return outside.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)", [pid]).fetchone()[0]
