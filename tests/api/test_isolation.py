"""What another company has is answered like what nobody has: every id and address in every operation of the document.

The calls are made from the OpenAPI document, so a new operation is swept by itself; a field of a new name fails the
test until it is said below what it names.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse

from crm.models import Company, Role, User
from leads.actions import create_lead
from leads.models import Lead
from outreach.contacts.actions import Refused, log_contact
from outreach.contacts.contact import Contact
from outreach.followups.notes import ask_colleague
from outreach.live.claims import claim_person
from outreach.models import ContactAttempt, GuardDecision
from tests.leads.test_person import reached_by
from tests.support.api import Tool, assert_problem
from tests.support.api_document import Document, Place
from tests.support.factories import AttemptFactory, CompanyFactory, LeadFactory, UserFactory
from tests.support.guarding import PITCH, ago

pytestmark = pytest.mark.django_db

# What each id is the id of.
IDS = {"lead_id": "lead", "contact_id": "attempt", "in_reply_to": "attempt", "owner_id": "user", "user_id": "user"}

# What is known of the rival's person, and the same of somebody nobody knows.
EMAIL = ("dana@globex.example", "kimm@initech.example")
PHONE = ("+14155550190", "+14155550191")
PROFILE = ("https://www.linkedin.com/in/dana-globex", "https://www.linkedin.com/in/kimm-initech")
ORGANIZATION = ("Globex", "Initech")
ANOTHER_TEXT = "Thank you for the call. The contract is attached, please sign both copies by Friday afternoon."
NAMED = {
    "email": EMAIL, "emails": EMAIL, "q": EMAIL, "phone": PHONE, "phones": PHONE, "profile_url": PROFILE,
    "linkedin_url": PROFILE, "linkedin_urls": PROFILE, "organization": ORGANIZATION,
    "website": ("https://globex.example", "https://initech.example"), "external_id": ("message-1", "message-2"),
    "subject": ("Quick question", "Your contract"), "body": (PITCH, ANOTHER_TEXT),
    "Idempotency-Key": ("their-key", "other-key"),
}  # fmt: skip
ADDRESSES = [name for name, values in NAMED.items() if values in (EMAIL, PHONE, PROFILE)]

# Texts by which nobody and nothing is found, and places within one's own answer.
PLAIN = {
    "first_name", "last_name", "job_title", "industry", "source", "notes", "do_not_contact_reason", "override_reason",
    "cursor", "after",
}  # fmt: skip

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def is_text(place: Place) -> bool:
    closed = place.schema.get("enum") or place.schema.get("format") in ("uuid", "date", "date-time")
    return place.schema.get("type") == "string" and not closed


def is_id(place: Place) -> bool:
    return place.schema.get("format") == "uuid"


def is_asked_address(place: Place) -> bool:
    """An address that these operations look up: whose it is shows in the answer."""
    return place.name in ADDRESSES and place.operation in ("lookup_leads", "create_lead", "check_contact")


PLACES = list(Document.read().places())
SWEPT = [place for place in PLACES if is_id(place) or place.name in NAMED]


def test_of_every_id_and_text_in_the_document_it_is_said_what_it_names():
    unknown = [place for place in PLACES if is_id(place) and place.name not in IDS]
    assert not unknown, f"Say in IDS what these are ids of, so that they are swept: {', '.join(map(str, unknown))}"
    unknown = [place for place in PLACES if is_text(place) and place.name not in {*NAMED, *PLAIN}]
    assert not unknown, (
        "Say in NAMED what these name (what the rival has, and what nobody has), or in PLAIN that they name nothing: "
        + ", ".join(map(str, unknown))
    )


@dataclass
class Books:
    """What one company has of the person: a lead, a contact with it, and who made it."""

    lead: Lead
    attempt: ContactAttempt
    user: User


def create_known_lead(user: User, which: int, **more: object) -> Lead:
    """A lead of the user's company with the first or the second of all addresses."""
    fields = {"first_name": "Dana", "last_name": "Miller", "organization": ORGANIZATION[which], **more}
    addresses = reached_by(email=EMAIL[which], phone=PHONE[which], profile=PROFILE[which])
    return create_lead(user=user, fields=fields, identifiers=addresses)


def keep_books(user: User) -> Books:
    """The rival's: emailed, refused, being written to, noted, and known by every address."""
    lead = create_known_lead(user, 0, owner=user)
    message = Contact("email", subject="Quick question", body=PITCH, external_id="message-1")
    attempt = log_contact(lead_id=lead.id, user=user, contact=message)
    with pytest.raises(Refused):
        log_contact(lead_id=lead.id, user=user, contact=Contact("email"))
    claim_person(lead_id=lead.id, user=user, method="email")
    ask_colleague(user=user, recipient_id=UserFactory(company=user.company).id, lead_id=lead.id, text="May I?")
    answer = Tool(user).post("/leads", {"first_name": "Dana"}, Idempotency_Key="their-key")
    assert answer.status_code == 201, answer.text
    return Books(lead, attempt, user)


@pytest.fixture
def theirs(charlie: User) -> Books:
    charlie.role = Role.MANAGER
    charlie.save()
    return keep_books(charlie)


@pytest.fixture
def ours(mona: User, lead: Lead) -> Books:
    """Another person, in our books."""
    return Books(lead, AttemptFactory(lead=lead, user=mona, occurred_at=ago(days=40), response_at=None), mona)


@pytest.fixture
def nobodys() -> Books:
    """Ids that no row has."""
    company = CompanyFactory()
    with transaction.atomic():
        lead = LeadFactory(company=company)
        books = Books(lead, AttemptFactory(lead=lead), UserFactory(company=company))
        transaction.set_rollback(True)
    return books


@cache
def tool_of(user: User) -> Tool:
    return Tool(user)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Hundreds of refusals are logged, which a failure would print; the tokens are of one test only."""
    caplog.set_level(logging.ERROR, logger="django.request")
    yield
    tool_of.cache_clear()


def answer_of(tool: Tool, place: Place, body: object, value: object, own: Books) -> HttpResponse:
    """What the call is answered, and nothing of it stays."""
    with transaction.atomic():
        answer = call(tool, place, body, value, own)
        transaction.set_rollback(True)
    return answer


def call(tool: Tool, place: Place, body: object, value: object, own: Books) -> HttpResponse:
    """The call with this value in its place, and otherwise about the caller's own lead and contact."""
    fills = {"lead_id": own.lead.id, "contact_id": own.attempt.id}
    if place.source == "path":
        fills[place.name] = value
    path = place.path
    for name, own_id in fills.items():
        path = path.replace("{" + name + "}", str(own_id))
    assert "{" not in path, f"{place}: say in `call` what stands in this path."
    if place.verb == "get":
        return tool.get(path, **({place.name: value} if place.source == "query" else {}))
    headers = {place.name: str(value)} if place.source == "header" else {}
    return tool.send(place.verb, path, body, **headers)


def words(answer: HttpResponse) -> str:
    """The answer without what echoes the request, and without the ids and times of what the call itself made."""
    text = answer.text
    for name, values in NAMED.items():
        for value in values:
            text = text.replace(value, f"<{name}>")
    return f"{answer.status_code} {answer['Content-Type']} {TIME.sub('<time>', UUID.sub('<id>', text))}"


def differences(place: Place, caller: User, own: Books, one: object, other: object) -> list[str]:
    """Where the two values, put in this place, are answered differently."""
    tool, found = tool_of(caller), []
    for first, second in zip(place.bodies(str(one)), place.bodies(str(other)), strict=True):
        answers = words(answer_of(tool, place, first, one, own)), words(answer_of(tool, place, second, other, own))
        if answers[0] != answers[1]:
            found.append(f"{place}, sent {first or one}:\n  theirs:   {answers[0]}\n  nobody's: {answers[1]}")
    return found


def pair(place: Place, theirs: Books, nobodys: Books) -> tuple[object, object]:
    if not is_id(place):
        return NAMED[place.name]
    return tuple(getattr(books, IDS[place.name]).id for books in (theirs, nobodys))


def require_none(told: list[str], lost: str) -> None:
    if told:
        pytest.fail(f"{lost}, in {len(told)} calls. The first of them:\n" + "\n".join(told[:5]), pytrace=False)


TABLES = [model._meta.db_table for model in apps.get_models() if hasattr(model, "company_id")]
DIGESTS = " UNION ALL ".join(
    f"SELECT '{table}', md5(string_agg(row::text, ',' ORDER BY row::text)) FROM {table} AS row"
    " WHERE company_id = %(company)s"
    for table in TABLES
)


def stored_of(company: Company) -> dict[str, str]:
    """A digest of all that is stored of a company, by table."""
    with connection.cursor() as cursor:
        cursor.execute(DIGESTS, {"company": company.id})
        return dict(cursor.fetchall())


def test_what_another_company_has_is_answered_like_what_nobody_has(theirs, ours, nobodys):
    told = []
    for place in SWEPT:
        told += differences(place, ours.user, ours, *pair(place, theirs, nobodys))
    require_none(told, "Another company's ids and addresses are told apart from unknown ones")


def test_no_call_changes_a_row_of_another_company(theirs, ours):
    tool, company = tool_of(ours.user), theirs.user.company
    before, told = stored_of(company), []
    for place in SWEPT:
        value = getattr(theirs, IDS[place.name]).id if is_id(place) else NAMED[place.name][0]
        for body in place.bodies(str(value)):
            with transaction.atomic():
                call(tool, place, body, value, ours)
                told += [f"{place}, sent {body}: {table}" for table, _ in before.items() ^ stored_of(company).items()]
                transaction.set_rollback(True)
    require_none(told, "Calls of one company changed what is stored of another")


def test_an_id_of_another_company_in_an_address_is_not_found(theirs, ours):
    for place in SWEPT:
        if place.source == "path":
            answer = answer_of(tool_of(ours.user), place, place.body, getattr(theirs, IDS[place.name]).id, ours)
            assert_problem(answer, 404, "not_found")


def test_what_another_company_knows_of_a_person_we_both_know_changes_no_answer(theirs, ours, mona):
    """Two leads of ours, alike but that one has the addresses and the organization of the rival's lead."""

    def known(which: int) -> Books:
        lead = create_known_lead(mona, which)
        return Books(lead, AttemptFactory(lead=lead, user=mona, method="sms", occurred_at=ago(days=40)), mona)

    shared, own, told = known(0), known(1), []
    for place in SWEPT:
        if not is_id(place) or IDS[place.name] != "user":
            told += differences(place, mona, ours, *pair(place, shared, own))
    text = {"subject": "Quick question", "body": PITCH}
    for place in SWEPT:
        if place.operation == "log_contact" and place.source == "path":
            for more in ({}, text, {**text, "method": "linkedin"}):
                body = {"method": "email", **more}
                first, second = (
                    words(answer_of(tool_of(mona), place, body, one.lead.id, ours)) for one in (shared, own)
                )
                if first != second:
                    told.append(f"log_contact of {body}:\n  shared: {first}\n  own:    {second}")
    require_none(told, "What another company did with a person shows in our answers")


def test_the_sweep_would_see_it(theirs, nobodys):
    """Whoever has them is answered differently: the sweep compares what can differ."""
    blind = [
        str(place)
        for place in SWEPT
        if (is_id(place) or is_asked_address(place))
        and not differences(place, theirs.user, theirs, *pair(place, theirs, nobodys))
    ]
    assert not blind, f"The rival itself sees no difference: {', '.join(blind)}"


def test_every_operation_that_names_something_is_swept():
    left_out = Document.read().operations() - {place.operation for place in SWEPT}
    assert left_out == {"read_policy", "list_changes"}, f"No id or address was found in {left_out}"


def test_nothing_of_the_rival_is_in_lists_that_name_nobody(theirs, ours):
    """The operations without an id: the policy, the decisions, the changes and the list of leads."""
    assert GuardDecision.objects.filter(company=theirs.user.company).exists()
    for path in ("/policy", "/changes", "/decisions", "/leads", "/analytics/outreach/top-performers"):
        text = tool_of(ours.user).get(path).text
        for secret in (theirs.lead.id, theirs.attempt.id, theirs.user.id, theirs.user.name, ORGANIZATION[0]):
            assert str(secret) not in text, f"GET {path} tells {secret} of another company: {text}"
