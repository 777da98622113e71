"""Whatever comes in, the answer is a problem with a stable code, no row has changed, and nobody learns of strangers."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import pytest
from django.db import OperationalError

from crm.api.problems import CODES
from leads.models import Lead, LeadIdentifier
from outreach.models import Claim, ContactAttempt, GuardDecision
from tests.support.api import ROOT, Tool, assert_problem
from tests.support.factories import AttemptFactory

pytestmark = pytest.mark.django_db

SURROGATE, NUL, BIDI = "a\ud800b", "a\0b", "a\u202eb"
DEEP = json.loads("[" * 12 + "]" * 12)
TEXTS = [SURROGATE, NUL, BIDI, "\x07", 5, True, ["a"], {"a": 1}]
TIMES = [
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z", "2026-02-30T00:00:00Z",
    "2026-02-10", "2026-02-10T12:00:00", "2999-01-01T00:00:00Z", "now", 1_700_000_000, 1e400, True,
    "12026-01-01T00:00:00Z",
]  # fmt: skip
IDS = ["1", 1, "0" * 400, NUL, str(uuid4()) + "0", ["x"]]
METADATA = [
    [], "x", 5, {"a": SURROGATE}, {NUL: 1}, {"a": float("nan")}, {"a": float("inf")}, {"a": DEEP}, {"a": 10**15},
    {"a": "x" * 17_000}, {str(number): 1 for number in range(101)},
]  # fmt: skip
CONTACT = {"method": "call"}
BAD_CONTACTS = [
    *({**CONTACT, "subject": text} for text in TEXTS),
    *({**CONTACT, "body": text} for text in TEXTS),
    *({**CONTACT, "external_id": text} for text in TEXTS),
    *({**CONTACT, "override_reason": text} for text in TEXTS),
    *({**CONTACT, "occurred_at": time} for time in TIMES),
    *({**CONTACT, "response_at": time} for time in TIMES),
    *({**CONTACT, "in_reply_to": one, "direction": "inbound"} for one in [*IDS, str(uuid4())]),
    *({**CONTACT, "metadata": metadata} for metadata in METADATA),
    *({**CONTACT, "seen_version": version} for version in (-1, 2**63, 1.5, "1", True)),
    {**CONTACT, "subject": "x" * 501}, {**CONTACT, "body": "x" * 50_001}, {**CONTACT, "responded": "yes"},
    {**CONTACT, "responded": False, "response_at": "2026-02-10T12:00:00Z"}, {**CONTACT, "already_sent": 1},
    {**CONTACT, "direction": "inbound", "responded": True}, {**CONTACT, "company_id": str(uuid4())},
    {"method": "fax"}, {"method": None}, {"method": ["call"]}, {"method": "call", "direction": "sideways"}, {},
    [], "call", 5, None, [CONTACT],
]  # fmt: skip
BAD_RESPONSES = [
    *({"responded": True, "response_at": time} for time in TIMES), {}, {"responded": None}, {"responded": "true"}, [],
    {"responded": False, "response_at": "2026-02-10T12:00:00Z"}, {"responded": True, "user_id": str(uuid4())},
]  # fmt: skip
BAD_LEADS = [
    *({"last_name": text} for text in TEXTS), *({"last_name": "A", "notes": text} for text in TEXTS),
    *({"last_name": "A", "emails": [text]} for text in TEXTS), *({"last_name": "A", "phone": text} for text in TEXTS),
    *({"last_name": "A", "owner_id": one} for one in IDS), {"last_name": "x" * 151}, {"last_name": "A", "status": "x"},
    {"last_name": "A", "emails": "a@b.example"}, {"last_name": "A", "emails": ["a@b.example"] * 21}, [], 5,
    {"last_name": "A", "linkedin_url": "https://linkedin.com/in/%ff"}, {"last_name": "A", "email": "x" * 501},
    {"last_name": "A", "website": "http://[::1"}, {"last_name": "A", "version": 7},
]  # fmt: skip
BAD_CHANGES = [
    {"do_not_contact": 1}, {"do_not_contact_methods": ["fax"], "do_not_contact_reason": "x"},
    {"do_not_contact": True, "do_not_contact_reason": NUL}, {"last_name": "", "first_name": "", "organization": ""},
]  # fmt: skip
BAD_CHECKS = [
    *({"method": "call", "email": text} for text in TEXTS), *({"method": "call", "lead_id": one} for one in IDS),
    *({"method": "call", "email": "a@b.example", "subject": text} for text in TEXTS), {"checks": {}}, {"checks": [5]},
    {"checks": None}, {"method": "call", "email": "a@b.example", "claim": "yes"},
]  # fmt: skip


# What is named instead of a field that was left out, or that goes with another.
MISSED = {"body", "method", "responded", "response_at", "last_name", "lead_id"}


@pytest.fixture
def tool(alice) -> Tool:
    return Tool(alice)


def rows() -> list:
    tables = (Lead, LeadIdentifier, ContactAttempt, GuardDecision, Claim)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize(
    ("verb", "path", "bodies"),
    [
        ("post", "/leads/{lead}/contacts", BAD_CONTACTS),
        ("patch", "/contacts/{attempt}/responded", BAD_RESPONSES),
        ("post", "/leads", BAD_LEADS),
        ("patch", "/leads/{lead}", [*BAD_LEADS, *BAD_CHANGES]),
        ("post", "/contacts/check", BAD_CHECKS),
    ],
    ids=["log", "responded", "create", "change", "check"],
)
def test_bad_input_is_refused_by_the_name_of_its_field_and_changes_nothing(tool, lead, bob, verb, path, bodies):
    attempt = AttemptFactory(lead=lead, user=bob)
    before = rows()
    for said in bodies:
        answer = tool.send(verb, path.format(lead=lead.id, attempt=attempt.id), json.dumps(said))
        assert answer.status_code == 422, (said, answer.content)
        problem = answer.json()
        assert problem["code"] == "invalid" and problem["errors"], said
        named = said.keys() if isinstance(said, dict) and said else {"body", "said", "method", "responded", "last_name"}
        assert {one["field"].split(".")[0] for one in problem["errors"]} & {
            *named,
            "body",
            "lead_id",
            "method",
            "response_at",
        }, said
    assert rows() == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 422, "invalid"),
        ("{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        ("[" * 100_000, 400, "bad_json"),
        ('{"method": ' + "9" * 5_000 + "}", 400, "bad_json"),
        ('{"method": "call", "body": "' + "x" * 2_200_000 + '"}', 413, "too_large"),
    ],
    ids=["empty", "half", "bytes", "deep", "huge number", "large"],
)
def test_what_is_no_json_is_said(tool, lead, body, status, code):
    for verb, path in (
        ("post", f"/leads/{lead.id}/contacts"),
        ("patch", f"/leads/{lead.id}"),
        ("post", "/contacts/check"),
    ):
        answer = tool.send(verb, path, body)
        assert_problem(answer, status, code)


def test_another_media_type_is_415(tool, lead):
    answer = tool.client.post(f"{ROOT}/leads/{lead.id}/contacts", {"method": "call"}, headers=tool.headers())
    assert_problem(answer, 415, "unsupported_media_type")


def test_another_method_is_405_and_says_which_there_are(tool, lead):
    answer = tool.client.delete(f"{ROOT}/leads/{lead.id}", headers=tool.headers())
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "PATCH"}


def test_an_address_that_is_none_is_the_same_404(tool, client):
    missing = tool.get(f"/leads/{uuid4()}")
    for path in ("/", "/leads/", "/leads/1", "/nothing", f"/leads/{uuid4()}/contacts/", "/contacts/x/responded"):
        answer = client.get(ROOT + path)
        assert (answer.status_code, answer.content) == (404, missing.content)


@pytest.mark.parametrize("way", ["token", "session"])
def test_a_busy_database_is_503_with_retry_after(alice, lead, signed_in, monkeypatch, way):
    tool, page = Tool(alice), signed_in(alice)

    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    if way == "token":
        monkeypatch.setattr("outreach.contacts.actions.log.lock_person", away)
        answer = tool.post(f"/leads/{lead.id}/contacts", {"method": "call"})
    else:
        monkeypatch.setattr("crm.login.access.CompanyBackend.get_user", away)
        answer = page.get(f"{ROOT}/leads")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "2")


def test_a_fault_of_ours_is_noted_and_says_nothing_of_itself(alice, lead, monkeypatch, caplog):
    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("outreach.contacts.actions.log.lock_person", fail)
    answer = Tool(alice).post(f"/leads/{lead.id}/contacts", {"method": "call"})
    assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text and "a secret" in caplog.text


def test_everything_is_described(client):
    answer = client.get(f"{ROOT}/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1") and answer.status_code == 200
    operations = [one for path in document["paths"].values() for one in path.values()]
    codes = set()
    for operation in operations:
        assert operation["summary"] and operation["description"] and operation["security"]
        assert all(one["description"] for one in operation.get("parameters", []))
        for status, said in operation["responses"].items():
            assert said["description"]
            if int(status) >= 400:
                codes |= set(said["content"]["application/problem+json"]["examples"])
    # Another method is answered for addresses, not by an operation.
    assert codes == set(CODES) - {"method_not_allowed"}
    for schema in document["components"]["schemas"].values():
        assert schema["description"], schema


def test_what_a_tool_is_answered_is_not_kept_framed_or_run(alice, lead):
    tool = Tool(alice)
    for answer in (tool.get(f"/leads/{lead.id}/contacts"), tool.get("/nothing"), tool.post("/contacts/check", {})):
        assert answer["Cache-Control"] == "no-store" and answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "Set-Cookie" not in answer and not answer.cookies


def test_an_answer_says_its_length(alice, lead):
    """Without it a server would send each in chunks."""
    tool = Tool(alice)
    for answer in (tool.get(f"/leads/{lead.id}"), tool.get("/nothing"), tool.post("/contacts/check", {})):
        assert int(answer["Content-Length"]) == len(answer.content)


def test_the_docs_page_is_there_for_a_tool_as_well(alice):
    assert Tool(alice).get("/docs").status_code == 200


def test_the_docs_page_is_there_for_everybody_and_brings_all_from_here(client):
    page = client.get(f"{ROOT}/docs")
    assert page.status_code == 200 and "script-src 'self'" in page["Content-Security-Policy"]
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert "/static/ninja/swagger-ui-bundle.js" in sources and "/static/api_docs.js" in sources
    assert all(source.startswith("/static/") for source in sources)
    assert "<script>" not in page.text and "style=" not in page.text
