"""A request that cannot be answered: pages of our own in plain words, and a log of what failed and nothing else."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.test import Client

from crm.api.problems import CONTENT_TYPE
from tests.support.api import Tool
from tests.support.factories import AttemptFactory
from tests.support.servers import served
from tests.support.waiting import wait_until_blocked

pytestmark = pytest.mark.django_db

SECRET = "Dana asked for 12,000"


class Heard(logging.Handler):
    """A console that keeps what it is told."""

    def __init__(self, records: list[logging.LogRecord], console: logging.Handler) -> None:
        super().__init__()
        self.records, self.filters = records, console.filters

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def told() -> Iterator[list[logging.LogRecord]]:
    """What reaches the terminal, at each logger that has a console, through that console's filters."""
    records: list[logging.LogRecord] = []
    heard: list[tuple[logging.Logger, Heard]] = []
    for logger in map(logging.getLogger, ("", "django", "django.security", "axes")):
        console = next(one for one in logger.handlers if type(one) is logging.StreamHandler)
        heard.append((logger, Heard(records, console)))
    for logger, handler in heard:
        logger.addHandler(handler)
    yield records
    for logger, handler in heard:
        logger.removeHandler(handler)


@pytest.fixture
def visitor(alice, signed_in) -> Client:
    """Alice's browser, which sees what a server answers and not the exception behind it."""
    return signed_in(alice, raise_request_exception=False)


def fail(*args: object, **kwargs: object) -> None:
    raise ZeroDivisionError("a fault of ours")


@pytest.mark.parametrize("path", ["/nowhere/", "/leads/nowhere/", "/%ff", "/a%0ab", "/leads/01a10987-3c23-7baf-aba7/"])
def test_an_unknown_address_shows_our_404_to_whoever_asks(client, visitor, path):
    for whoever in (client, visitor):
        answer = whoever.get(path)
        assert answer.status_code == 404
        assert "<h1>This page is not here</h1>" in answer.text and "urlpatterns" not in answer.text


def test_a_served_page_that_is_not_there_is_ours_and_no_debug_page(server):
    """Over a server with the settings of development, as `up` and `daphne` have them."""
    http = HTTPConnection(urlsplit(server).netloc, timeout=20)
    for path, words in (("/nowhere/", "This page is not here"), ("/%ff", "This page is not here")):
        http.request("GET", path)
        answer = http.getresponse()
        text = answer.read().decode()
        assert answer.status == 404 and words in text and "DEBUG" not in text
    http.request("GET", "/", headers={"Host": "evil.test"})
    answer = http.getresponse()
    text = answer.read().decode()
    assert answer.status == 400 and f"Open http://localhost:{http.port}/ instead" in text and "Traceback" not in text


def test_tools_get_a_problem_and_files_a_line_where_nothing_is(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        for path in ("/api/", "/api/v2/leads"):
            answer = client.get(path)
            assert (answer.status_code, answer["Content-Type"]) == (404, CONTENT_TYPE)
            assert answer.json()["code"] == "not_found"
        answer = client.get("/static/nothing.css")
    assert (answer.status_code, answer.text) == (404, "There is no such file.")
    assert client.get("/favicon.ico")["Location"] == "/static/favicon.svg"


def test_a_fault_of_ours_shows_a_reference_and_has_one_stack_in_the_log(visitor, told, monkeypatch):
    monkeypatch.setattr("crm.views.profile_context", fail)
    answer = visitor.get("/profile/")
    assert answer.status_code == 500 and "Something went wrong here" in answer.text
    stack, line = told
    assert stack.exc_info and not line.exc_info
    reference = line.getMessage()[-8:]
    assert f"as <strong>{reference}</strong>" in answer.text and reference in stack.getMessage()
    assert line.getMessage().startswith("500 GET /profile/, ") and "alice@demo.test" in line.getMessage()


@pytest.mark.parametrize("place", ["crm.login.access.CompanyBackend.get_user", "crm.api.auth.require_write"])
def test_a_fault_behind_the_api_has_a_reference_too_and_one_stack(alice, visitor, lead, told, monkeypatch, place):
    tool = Tool(alice)
    monkeypatch.setattr(place, fail)
    if place.endswith("get_user"):
        answer = visitor.get("/api/v1/leads")
    else:
        answer = tool.post(f"/leads/{lead.id}/contacts", {"method": "call"})
    reference = answer.json()["reference"]
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert [bool(record.exc_info) for record in told] == [True, False]
    assert all(reference in record.getMessage() for record in told)


def test_even_a_500_page_that_cannot_be_made_says_its_reference(visitor, monkeypatch):
    monkeypatch.setattr("crm.views.profile_context", fail)
    monkeypatch.setattr("crm.failures.pages.render_to_string", fail)
    answer = visitor.get("/profile/")
    assert answer.status_code == 500 and "It is our fault and has been noted, as " in answer.text


def test_what_is_not_allowed_not_there_or_busy_is_one_line_without_a_stack(visitor, told, monkeypatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionDenied

    def cancelled(*args: object, **kwargs: object) -> None:
        raise OperationalError("canceling statement due to user request")

    for raised, status in ((refuse, 403), (cancelled, 503)):
        monkeypatch.setattr("crm.views.profile_context", raised)
        assert visitor.get("/profile/").status_code == status
    assert visitor.get("/webhooks/").status_code == 403
    assert visitor.get("/nowhere/").status_code == 404
    assert visitor.get("/", headers={"host": "evil.test"}).status_code == 400
    assert not [record for record in told if record.exc_info]
    lines = [record.getMessage() for record in told if record.name == "tandem.requests"]
    shown = ["403 GET /profile/", "503 GET /profile/", "403 GET /webhooks/", "404 GET /nowhere/", "400 GET /"]
    assert [line.partition(",")[0] for line in lines] == shown


def test_what_went_well_is_not_told(visitor, lead, told):
    for path in ("/leads/", f"/leads/{lead.id}/", "/", "/static/app.css", "/healthz"):
        assert visitor.get(path).status_code < 400
    assert not told


def test_the_log_names_no_person_and_nothing_that_was_typed(visitor, lead, told):
    for path in (
        "/leads/dana@acme.example/",
        "/call/+49 170 1234567",
        "/sign-in/tandem_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3",
    ):
        visitor.get(path, {"q": SECRET, "dana@acme.example": "1", "page": "2"})
    visitor.post(f"/leads/{lead.id}/nowhere/", {"body": SECRET})
    text = " ".join(record.getMessage() for record in told)
    assert len(told) == 4 and "?page&q" in text
    for hidden in ("dana@", "1234567", "aB3dE6gH9", "12,000"):
        assert hidden not in text, hidden
    assert str(lead.id) in text


def test_a_line_break_in_an_address_makes_no_second_line(visitor, told):
    visitor.get("/a%0a2026-01-01 ERROR forged/")
    assert "\n" not in told[0].getMessage()


# Forms whose token does not fit


@pytest.fixture
def old_page(alice, signed_in) -> Client:
    """A browser whose pages were opened before somebody signed in again."""
    client = signed_in(alice, enforce_csrf_checks=True)
    client.get("/leads/new/")
    return client


FORM = {"csrfmiddlewaretoken": "x" * 64, "first_name": "Dana", "notes": "Met her at the fair.\nCall in May."}
OURS = {"origin": "http://testserver"}


def test_a_form_of_an_old_page_keeps_its_text_and_may_be_sent_again(old_page, told):
    answer = old_page.post("/leads/new/", FORM, headers=OURS)
    assert answer.status_code == 403
    assert "Somebody has signed in or out in this browser" in answer.text
    assert "verification failed" not in answer.text
    assert "readonly>Met her at the fair.\nCall in May.</textarea>" in answer.text
    assert '<input type="hidden" name="first_name" value="Dana">' in answer.text
    assert [record.getMessage().rpartition(", ")[2] for record in told] == ["CSRF token from POST incorrect"]
    token = answer.context["csrf_token"]
    again = old_page.post("/leads/new/", {**FORM, "csrfmiddlewaretoken": str(token)}, headers=OURS)
    assert again.status_code != 403


def test_what_another_site_sends_is_shown_and_never_one_press_away_from_being_taken(old_page):
    for headers in ({"origin": "http://evil.test"}, {}):
        answer = old_page.post("/leads/new/", FORM, headers=headers)
        assert answer.status_code == 403
        assert "Met her at the fair." in answer.text and "Send it again" not in answer.text


def test_a_password_is_never_shown_again(client, old_page):
    form = {"csrfmiddlewaretoken": "x" * 64, "old_password": "an old one", "new_password1": "a new one of mine"}
    answer = old_page.post("/password/", form, headers=OURS)
    assert answer.status_code == 403
    assert "a new one" not in answer.text and "an old one" not in answer.text
    assert '<a class="button is-primary" href="/password/">Open the page again</a>' in answer.text


# A server of its own, whose log is read


@pytest.mark.django_db(transaction=True)
def test_browsers_that_leave_and_sockets_that_are_refused_put_no_stack_into_the_log(alice, lead, signed_in, tmp_path):
    log = tmp_path / "log"
    AttemptFactory(lead=lead, user=alice)
    session = signed_in(alice).cookies["sessionid"].value
    with served(log) as address:
        port = urlsplit(address).port
        assert port
        for number in range(8):
            leave(port, f"GET /leads/{lead.id}/" if number % 2 else "GET /leads/", session, abruptly=number % 3 == 0)
        leave(port, "POST /leads/new/", session, "Content-Length: 1000", body="half")
        for path in (f"/ws/leads/{lead.id}/", "/ws/nowhere/"):
            leave(port, f"GET {path}", session, *UPGRADE, f"Origin: http://localhost:{port}", abruptly=True)
            leave(port, f"GET {path}", session, *UPGRADE, "Origin: http://evil.test")
        left_while_the_database_waits(port, session)
        http = HTTPConnection("localhost", port, timeout=20)
        http.request("GET", "/nowhere/")
        assert http.getresponse().status == 404
    # The process has ended, so this is all that it wrote.
    text = log.read_text()
    assert "404 GET /nowhere/" in text
    assert "Traceback" not in text and "Error" not in text, text
    assert [line for line in text.splitlines() if " 404 " not in line and " 503 " not in line] == []


UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
)


def leave(port: int, act: str, session: str, *headers: str, body: str = "", abruptly: bool = False) -> None:
    """Ask, and go before the answer, by a reset of the line if abruptly."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        lines = [f"{act} HTTP/1.1", f"Host: localhost:{port}", f"Cookie: sessionid={session}", *headers, "", body]
        line.sendall("\r\n".join(lines).encode())
        if abruptly:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def left_while_the_database_waits(port: int, session: str) -> None:
    """Somebody leaves while their page waits for a lock, and the database gives the statement up."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE leads_lead IN ACCESS EXCLUSIVE MODE")
        leave(port, "GET /leads/", session)
        wait_until_blocked()
