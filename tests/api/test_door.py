"""The tools' door: what a call with a token does not go through, and what takes the place of each part of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from crm.api import api
from crm.api.auth import enter
from crm.api.door import ROOT, SKIPPED
from outreach.models import ContactAttempt
from tests.support.api import Tool, assert_problem
from tests.support.factories import AttemptFactory

pytestmark = pytest.mark.django_db

DOOR = "crm.api.door.let_tools_in"
# What a call with a token goes through like any other.
PASSED = [
    "crm.failures.log.tell_of_failures",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "crm.middleware.refuse_nonsense",
]
tested: set[str] = set()


def instead_of(middleware: str) -> Callable:
    """Marks the test of one line of SKIPPED."""
    tested.add(middleware)
    return lambda test: test


@pytest.fixture
def tool(alice) -> Tool:
    return Tool(alice)


def test_every_middleware_is_either_passed_or_listed_as_skipped_with_a_test_of_its_own():
    missing = set(settings.MIDDLEWARE) - {*PASSED, DOOR, *SKIPPED}
    assert not missing, f"say in SKIPPED (crm/api/door.py) what does for tools what these do for pages: {missing}"
    assert [*PASSED, DOOR, *SKIPPED] == settings.MIDDLEWARE, "the order of settings.MIDDLEWARE and SKIPPED differs"
    assert tested == set(SKIPPED), f"skipped without a test: {set(SKIPPED) - tested}"


def test_a_call_with_a_token_reaches_no_skipped_middleware(tool, lead, monkeypatch):
    def unreachable(get_response):
        def middleware(request):
            raise AssertionError("This request came past the door.")

        return middleware

    monkeypatch.setattr("crm.middleware.use_company_time", unreachable)
    assert tool.get(f"/leads/{lead.id}").status_code == 200
    with pytest.raises(AssertionError, match="came past the door"):
        Client().get("/healthz")


def test_what_stands_before_the_door_holds_for_tools(tool, lead, alice):
    for _ in range(30):
        AttemptFactory(lead=lead, user=alice, method="call")
    squeezed = tool.client.get(f"{ROOT}leads/{lead.id}/contacts", headers=tool.headers(Accept_Encoding="gzip"))
    assert squeezed["Content-Encoding"] == "gzip" and squeezed["X-Content-Type-Options"] == "nosniff"
    assert int(squeezed["Content-Length"]) == len(squeezed.content)
    tool.client.cookies["any"] = "a\0b"
    assert tool.get("/leads").status_code == 400


@instead_of("csp.middleware.CSPMiddleware")
@instead_of("django.middleware.clickjacking.XFrameOptionsMiddleware")
def test_an_answer_may_not_be_run_or_framed(tool):
    for answer in (tool.get("/leads"), tool.get("/nothing"), tool.post("/contacts/check", {})):
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


@instead_of("django.contrib.sessions.middleware.SessionMiddleware")
def test_no_cookie_is_read_or_set(alice, mona, signed_in):
    tool = Tool(alice)
    tool.client = signed_in(mona)
    answer = tool.get("/decisions")
    assert answer.status_code == 403, "alice's token read what only mona's session may"
    assert not answer.cookies
    assert not read_by_operations() & {"session"}


@instead_of("django.middleware.common.CommonMiddleware")
def test_an_answer_has_its_length_and_nothing_of_the_host(tool, lead):
    acts = (settings.PREPEND_WWW, settings.DISALLOWED_USER_AGENTS)
    assert acts == (False, []), "CommonMiddleware does more now than the door makes up for"
    for path in (f"/leads/{lead.id}", "/nothing", f"/leads/{lead.id}/"):
        answer = tool.client.get(ROOT[:-1] + path, headers=tool.headers(Host="evil.example"))
        assert int(answer["Content-Length"]) == len(answer.content)
        assert answer.status_code in (200, 404) and "evil" not in answer.text + str(answer.headers)
    assert not read_by_operations() & {"get_host", "build_absolute_uri"}


@instead_of("django.middleware.csrf.CsrfViewMiddleware")
@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer wrong", "Bearer tandem_wrong", ""])
def test_a_call_with_an_authorization_header_is_never_let_in_by_its_cookie(lead, alice, signed_in, header):
    client = signed_in(alice, enforce_csrf_checks=True)
    answer = client.post(
        f"{ROOT}leads/{lead.id}/contacts", {"method": "call"}, "application/json", headers={"Authorization": header}
    )
    assert_problem(answer, 401, "unauthenticated")
    assert not ContactAttempt.objects.exists()


@instead_of("django.contrib.auth.middleware.AuthenticationMiddleware")
def test_the_token_names_the_user(tool, lead, alice):
    tool.post(f"/leads/{lead.id}/contacts", {"method": "call"})
    assert ContactAttempt.objects.get().user == alice
    assert not read_by_operations() & {"user"}, "an operation reads request.user, which no tool has; use request.auth"


@instead_of("django.contrib.auth.middleware.LoginRequiredMiddleware")
def test_every_operation_refuses_who_is_not_known(lead):
    """All of the document, and what beside it is an address of the API."""
    operations = [
        (verb, path.format_map(dict.fromkeys(("lead_id", "contact_id", "webhook_id"), lead.id)))
        for path, verbs in api.get_openapi_schema(path_prefix=ROOT)["paths"].items()
        for verb in verbs
    ]
    assert len(operations) > 10
    for verb, path in operations:
        call = getattr(Client(), verb)
        answer = call(path, headers={"Authorization": "Bearer tandem_" + "0" * 48})
        assert answer.status_code == 401, f"{verb} {path} lets in a token that nobody has"
        assert Client().get(path).status_code in (401, 405), f"{verb} {path} lets in anybody"


@instead_of("django.contrib.messages.middleware.MessageMiddleware")
@instead_of("django_htmx.middleware.HtmxMiddleware")
def test_no_operation_adds_a_message_or_answers_with_a_fragment(tool, lead):
    assert not read_by_operations() & {"messages", "htmx", "_messages"}
    plain = tool.get(f"/leads/{lead.id}")
    asked_by_a_page = tool.client.get(f"{ROOT}leads/{lead.id}", headers=tool.headers(HX_Request="true"))
    assert asked_by_a_page.content == plain.content


@instead_of("crm.middleware.BusyMiddleware")
@pytest.mark.parametrize("place", ["crm.api.auth.enter", "outreach.contacts.actions.log.lock_person"])
def test_a_busy_database_is_503_with_retry_after(tool, lead, monkeypatch, place):
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(place, away)
    answer = tool.post(f"/leads/{lead.id}/contacts", {"method": "call"})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "2")


@instead_of("crm.middleware.answer_honestly")
def test_an_answer_is_not_kept_and_leads_to_no_login_page(tool):
    assert tool.get("/leads")["Cache-Control"] == "no-store"
    stranger = Client().get(f"{ROOT}leads", headers={"Authorization": "Bearer x", "HX-Request": "true"})
    assert stranger.status_code == 401 and stranger["Cache-Control"] == "no-store"
    assert "Location" not in stranger and "HX-Redirect" not in stranger


@instead_of("crm.login.ended.keep_to_its_user")
def test_a_call_signs_nobody_out_and_is_no_pages(tool, bob):
    answer = tool.client.get(f"{ROOT}leads", headers={**tool.headers(), "X-Page-User": str(bob.id)})
    assert answer.status_code == 200 and "forget-typed" not in answer.cookies


@instead_of("crm.middleware.use_company_time")
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_days_and_sentences_are_the_companys_by_token_as_by_session(alice, bob, lead, signed_in, zone):
    """These zones are a day apart, so that one of them has another date than the server at any hour."""
    lead.company.time_zone = zone
    lead.company.save()
    AttemptFactory(lead=lead, user=bob, occurred_at=timezone.now() - timedelta(hours=20))
    tool, page = Tool(alice), signed_in(alice)
    check = {"lead_id": str(lead.id), "method": "email"}
    pairs = [
        (tool.post("/contacts/check", check), page.post(f"{ROOT}contacts/check", check, "application/json")),
        (tool.get("/analytics/outreach"), page.get(f"{ROOT}analytics/outreach")),
        (tool.get(f"/leads/{lead.id}/contacts"), page.get(f"{ROOT}leads/{lead.id}/contacts")),
    ]
    for by_token, by_session in pairs:
        assert by_token.status_code == by_session.status_code == 200
        assert by_token.content == by_session.content


@instead_of("axes.middleware.AxesMiddleware")
def test_a_token_cannot_be_guessed_and_its_calls_are_limited(alice, settings):
    settings.API_CALLS_PER_MINUTE = 2
    tool = Tool(alice)
    assert len(tool.secret.removeprefix("tandem_")) * 4 >= 192
    assert [tool.get("/leads").status_code for _ in range(3)] == [200, 200, 429]
    assert enter(tool.secret[:-1]) is None


# These two meet the requests of pages: auth.py lets in a session, docs.py shows a page.
FOR_PAGES = {"auth.py", "docs.py"}


def read_by_operations() -> set[str]:
    """The names of the attributes of `request` that the code of the API reads."""
    root = Path(settings.BASE_DIR)
    files = [root / "analytics" / "api.py"]
    files += [file for app in ("crm", "leads", "outreach") for file in (root / app / "api").glob("*.py")]
    return {name for file in files if file.name not in FOR_PAGES for name in attributes_of_request(file)}


def attributes_of_request(file: Path) -> set[str]:
    return {
        node.attr
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "request"
    }
