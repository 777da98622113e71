"""The change feed: everything once, in order, nothing left out by whoever commits late, nothing of other companies."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connection, transaction

from leads.actions import set_owner
from outreach.contacts.actions import log_contact, mark_responded, void_contact
from outreach.contacts.contact import Contact
from outreach.models import Change
from tests.support.api import Tool
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.feed import settled

pytestmark = pytest.mark.django_db(transaction=True)


def read(tool: Tool, after: str | None = None, **more: object) -> tuple[list[dict], str]:
    settled()
    return read_now(tool, after, **more)


def read_now(tool: Tool, after: str | None = None, **more: object) -> tuple[list[dict], str]:
    said = tool.get("/changes", **({"after": after} if after else {}), **more).json()
    return said["data"], said["next_after"]


def test_each_thing_that_happens_is_one_change(lead, alice, bob):
    tool = Tool(alice)
    _, place = read(tool, "latest")
    first = log_contact(lead_id=lead.id, user=bob, contact=Contact("email"))
    mark_responded(attempt_id=first.id, user=alice, responded=True)
    again = log_contact(lead_id=lead.id, user=alice, contact=Contact("email"), reason="Asked me", already_sent=True)
    void_contact(attempt_id=again.id, user=alice, reason="wrong")
    set_owner(lead_id=lead.id, user=alice, owner=bob)
    data, end = read(tool, place)
    assert [(one["event"], one["attempt_id"]) for one in data] == [
        ("lead:contacted", str(first.id)),
        ("lead:responded", str(first.id)),
        ("lead:contacted", str(again.id)),
        ("guard:override", str(again.id)),
        ("lead:changed", str(again.id)),
        ("lead:changed", None),
    ]
    assert {one["lead_id"] for one in data} == {str(lead.id)}
    assert (data[0]["user"]["name"], data[0]["method"], data[1]["user"]["name"]) == (
        "Bob Smith",
        "email",
        "Alice Jones",
    )
    assert data[3]["decision_id"] is not None
    assert read(tool, end) == ([], end)


def test_pages_follow_each_other_from_the_beginning(lead, alice):
    for _ in range(5):
        AttemptFactory(lead=lead, user=alice)
    tool, seen, place = Tool(alice), [], None
    while True:
        data, place = read(tool, place, limit=2)
        if not data:
            break
        seen += [one["attempt_id"] for one in data]
    # The lead itself comes first.
    assert len(seen) == 6 and seen[0] is None and len(set(seen)) == 6


def test_what_commits_late_is_not_missed(company, alice):
    """The first transaction takes its number first and commits last: what came between waits for it."""
    slow, fast, tool = LeadFactory(company=company), LeadFactory(company=company), Tool(alice)
    _, place = read(tool, "latest")
    written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            AttemptFactory(lead=slow, user=alice)
            written.set()
            may_commit.wait(10)
        connection.close()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    written.wait(10)
    AttemptFactory(lead=fast, user=alice)
    held, place = read_now(tool, place)
    may_commit.set()
    thread.join()
    data, _ = read(tool, place)
    assert held == []
    assert [one["lead_id"] for one in data] == [str(slow.id), str(fast.id)]


def test_a_writer_in_another_database_of_the_server_holds_nobody_up(lead, alice):
    own = connection.get_connection_params()
    known = {name: own[name] for name in ("host", "port", "user", "password") if own.get(name)}
    with psycopg.connect(**known, dbname="postgres") as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        _, place = read(Tool(alice), "latest")
        AttemptFactory(lead=lead, user=alice)
        data, _ = read(Tool(alice), place)
    assert [one["lead_id"] for one in data] == [str(lead.id)]


def test_what_is_rolled_back_never_happened(lead, alice):
    before = Change.objects.count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        AttemptFactory(lead=lead, user=alice)
        raise ZeroDivisionError
    assert Change.objects.count() == before


def test_nobody_hears_of_another_company(lead, alice, charlie):
    AttemptFactory(lead=lead, user=alice)
    assert read(Tool(charlie))[0] == []


@pytest.mark.parametrize("after", ["x", "1", "1.", "1.2.3", "9" * 19 + ".1", "1." + "9" * 19, "-1.2"])
def test_a_place_that_is_none_is_said(alice, after):
    answer = Tool(alice).get("/changes", after=after)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")
