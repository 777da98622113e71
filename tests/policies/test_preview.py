"""The preview of a policy: what it would have done to the last 30 days, as a naive recount finds it too."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.addresses import clean_identifiers, set_identifiers
from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, ContactPolicy, GuardDecision
from outreach.policies.form import initial
from outreach.policies.policy import DEFAULTS, MethodLimits, Policy, read_policy, set_policy
from outreach.policies.preview import preview
from tests.support.factories import AttemptFactory, CompanyFactory, LeadFactory, UserFactory

pytestmark = pytest.mark.django_db

PREVIEW = "/policy/preview/"
HTMX = {"HX-Request": "true"}
PITCH = "Our team routes inbound leads twice as quickly and would gladly show every colleague how routing works"
METHODS = ["email", "call"]


def limits(method: str, hours: int, count: int, days: int, base: Policy = DEFAULTS) -> Policy:
    return replace(base, methods={**base.methods, method: MethodLimits(hours, count, days)})


def ago(**length: float) -> datetime:
    return timezone.now() - timedelta(**length)


def numbers(found) -> tuple[int, int, int]:
    return found.contacts, found.warned, found.refused


def test_it_counts_what_the_new_limits_would_have_done_beside_the_present_ones(company, lead, alice, bob):
    for hours in (100, 90, 40):  # 10 h apart, then 50 h
        AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=hours))
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=ago(hours=1))
    found = preview(company, DEFAULTS, limits("email", 72, 1, 7))
    assert numbers(found.total.now) == (4, 1, 1)
    assert numbers(found.total.new) == (4, 0, 2)
    assert numbers(found.lines["email"].new) == (3, 0, 2)
    assert numbers(found.lines["call"].new) == (1, 0, 0)


def test_each_contact_that_would_be_held_up_is_named_with_the_sentence_its_author_would_have_read(
    company, lead, alice, bob
):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=4), subject="Quick question")
    late = AttemptFactory(lead=lead, user=bob, occurred_at=ago(days=2))
    (held,) = preview(company, DEFAULTS, DEFAULTS).held
    assert (held.contact.id, held.lead_name, held.refused) == (late.id, "Dana Miller", False)
    assert held.sentence.startswith("Alice Jones emailed this lead 2 days ago: “Quick question”, no reply yet.")


def test_records_that_share_an_address_are_one_person(company, lead, alice, bob):
    other = LeadFactory(company=company)
    for record, address in ((lead, "dana@acme.example"), (other, "Dana+news@acme.example")):
        set_identifiers(record, "email", clean_identifiers("email", address, "US"))
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=9))
    AttemptFactory(lead=other, user=bob, occurred_at=ago(hours=2))
    found = preview(company, DEFAULTS, limits("email", 1, 1, 0))
    assert numbers(found.total.now) == (2, 0, 1)
    assert numbers(found.total.new) == (2, 0, 0)


def test_who_once_had_the_address_counts_up_to_when_it_was_given_up(company, lead, alice, bob):
    address = clean_identifiers("email", "dana@acme.example", "US")
    set_identifiers(lead, "email", address)
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=40), subject="Portal", body=PITCH)
    set_identifiers(lead, "email", [])
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=5))
    successor = LeadFactory(company=company, first_name="Ines", last_name="Costa")
    set_identifiers(successor, "email", address)
    AttemptFactory(lead=successor, user=bob, occurred_at=ago(hours=2), subject="Portal", body=PITCH)
    found = preview(company, DEFAULTS, limits("email", 72, 1, 0))
    # Alice's second was to the old record alone, and hers to the new one is not counted twice.
    assert numbers(found.total.now) == (3, 2, 0)
    assert numbers(found.total.new) == (3, 0, 2)
    assert found.held[0].sentence.startswith("Alice Jones emailed this person as Dana Miller ")
    assert found.held[0].reason.previous.subject == "Portal"


def test_collisions_count_as_refused_voided_and_inbound_contacts_not_at_all(company, lead, alice, bob):
    log_contact(lead_id=lead.id, user=alice, contact=Contact("email"))
    log_contact(lead_id=lead.id, user=bob, contact=Contact("email"), reason="sent", already_sent=True)
    AttemptFactory(lead=lead, user=bob, voided_at=timezone.now(), void_reason="wrong")
    AttemptFactory(lead=lead, user=bob, direction="inbound", occurred_at=ago(days=3))
    assert numbers(preview(company, DEFAULTS, DEFAULTS).total.now) == (2, 0, 1)


def test_what_lies_before_the_thirty_days_is_not_counted_but_remembered(company, lead, alice):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=33))
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=29))
    assert numbers(preview(company, DEFAULTS, limits("email", 24 * 5, 1, 0)).total.new) == (1, 0, 1)


def test_the_organization_rule_counts_once_it_asks_for_a_reason(company, lead, alice, bob):
    near = LeadFactory(company=company, organization="ACME, Limited")
    for record in (lead, near):
        record.organization_keys = ["name:acme"]
        record.save(update_fields=["organization_keys"])
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=9))
    AttemptFactory(lead=near, user=bob, occurred_at=ago(days=1))
    assert numbers(preview(company, DEFAULTS, DEFAULTS).total.new) == (2, 0, 0)
    found = preview(company, DEFAULTS, replace(DEFAULTS, organization_warns=True))
    assert numbers(found.total.new) == (2, 1, 0)
    assert "at the same organization" in found.held[0].sentence
    shorter = replace(DEFAULTS, organization_warns=True, organization_days=5)
    assert numbers(preview(company, DEFAULTS, shorter).total.new) == (2, 0, 0)


def test_a_colleagues_own_words_count_by_the_similarity_asked_for(company, lead, alice, bob):
    AttemptFactory(lead=lead, user=alice, method="email", body=PITCH, occurred_at=ago(days=20))
    AttemptFactory(lead=lead, user=bob, method="linkedin", body=PITCH + " from Monday on", occurred_at=ago(days=1))
    assert numbers(preview(company, DEFAULTS, replace(DEFAULTS, similarity_percent=100)).total.now) == (2, 1, 0)
    assert numbers(preview(company, DEFAULTS, replace(DEFAULTS, similarity_percent=100)).total.new) == (2, 0, 0)


def test_another_companys_contacts_are_not_counted(company, lead, alice, charlie):
    AttemptFactory(lead=lead, user=alice)
    assert preview(charlie.company, DEFAULTS, DEFAULTS).total.new.contacts == 0


@dataclass(frozen=True)
class Told:
    """One contact of a made-up history."""

    record: int
    user: int
    method: str
    inbound: bool
    hours_ago: int
    answered_after: int | None
    voided: bool
    pitched: bool


told = st.builds(
    Told,
    record=st.integers(0, 3),
    user=st.integers(0, 2),
    method=st.sampled_from(METHODS),
    inbound=st.sampled_from([False, False, False, True]),
    hours_ago=st.integers(0, 24 * 40),
    answered_after=st.none() | st.integers(0, 100),
    voided=st.sampled_from([False, False, False, True]),
    pitched=st.booleans(),
)
policies = st.builds(
    lambda by_method, days, warns: replace(
        DEFAULTS,
        methods={**DEFAULTS.methods, **dict(zip(METHODS, by_method, strict=True))},
        organization_days=days,
        organization_warns=warns,
    ),
    st.lists(
        st.builds(MethodLimits, st.sampled_from([0, 1, 24, 100, 400]), st.integers(1, 3), st.sampled_from([0, 3, 20])),
        min_size=2,
        max_size=2,
    ),
    st.sampled_from([0, 2, 30]),
    st.booleans(),
)
# The first two records are one person; the third is a colleague of theirs at the same organization.
PERSON = [0, 0, 1, 2]
AT_ACME = [True, True, True, False]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(told, max_size=14), now=policies, new=policies)
def test_a_naive_recount_of_any_history_finds_the_same(db, story, now, new):
    company, rows = tell(story)
    found = preview(company, now, new)
    for policy, side in ((now, "now"), (new, "new")):
        expected = recount(story, rows, policy)
        assert numbers(getattr(found.total, side)) == tuple(map(sum, zip(*expected.values(), strict=True)))
        assert {m: numbers(getattr(found.lines[m], side)) for m in METHODS} == expected


def tell(story: list[Told]):
    company = CompanyFactory()
    leads = [
        LeadFactory(company=company, organization_keys=["name:acme", "domain:acme.example"] if at_acme else [])
        for at_acme in AT_ACME
    ]
    for record in leads[:2]:
        set_identifiers(record, "email", clean_identifiers("email", "dana@acme.example", "US"))
    users = [UserFactory(company=company) for _ in range(3)]
    base = timezone.now() - timedelta(minutes=30)
    rows = []
    for one in story:
        at = base - timedelta(hours=one.hours_ago)
        answered = one.answered_after is not None and not one.inbound
        rows.append(
            ContactAttempt(
                company=company,
                lead=leads[one.record],
                user=users[one.user],
                user_name=users[one.user].name,
                method=one.method,
                direction="inbound" if one.inbound else "outbound",
                occurred_at=at,
                responded=answered,
                response_at=at + timedelta(hours=one.answered_after) if answered else None,
                body=PITCH if one.pitched else "",
                voided_at=base if one.voided else None,
                void_reason="wrong" if one.voided else "",
            )  # fmt: skip
        )
    ContactAttempt.objects.bulk_create(rows)
    return company, rows


def recount(story: list[Told], rows: list[ContactAttempt], policy: Policy) -> dict[str, tuple[int, int, int]]:
    """Every contact against every other, by the words of the rule book alone."""
    counts = {method: [0, 0, 0] for method in METHODS}
    live = [(one, row) for one, row in zip(story, rows, strict=True) if not one.voided]
    since = timezone.now() - timedelta(days=30)
    for one, row in live:
        if not one.inbound and row.occurred_at > since:
            answer = naive(one, row, live, policy)
            counts[one.method][0] += 1
            counts[one.method][1] += answer == "warn"
            counts[one.method][2] += answer == "block"
    return {method: tuple(found) for method, found in counts.items()}


def naive(one: Told, row: ContactAttempt, live: list, policy: Policy) -> str:
    at, own = row.occurred_at, policy.methods[one.method]
    before = [
        (other, past)
        for other, past in live
        if not other.inbound and (past.occurred_at, past.id) < (at, row.id) and past is not row
    ]
    to_person = [(other, past) for other, past in before if PERSON[other.record] == PERSON[one.record]]
    last = max((past.occurred_at for _, past in to_person), default=None)
    answers = [
        past.occurred_at if other.inbound else past.response_at
        for other, past in live
        if PERSON[other.record] == PERSON[one.record] and other.user == one.user and (other.inbound or past.responded)
    ]
    may_reply = any(answer <= at and (last is None or answer > last) for answer in answers)
    ages = [at - past.occurred_at for other, past in to_person if other.method == one.method]
    if not may_reply:
        if own.cooldown_hours and sum(age < timedelta(hours=own.cooldown_hours) for age in ages) >= own.cooldown_count:
            return "block"
        if any(age < timedelta(days=own.warning_days) for age in ages):
            return "warn"
        month = timedelta(days=30)
        if one.pitched and one.method != "call" and any(
            other.pitched and other.method != "call" and other.user != one.user and at - past.occurred_at < month
            for other, past in to_person
        ):  # fmt: skip
            return "warn"
    window = timedelta(days=policy.organization_days)
    neighbours = any(
        AT_ACME[one.record]
        and AT_ACME[other.record]
        and PERSON[other.record] != PERSON[one.record]
        and other.user != one.user
        and at - past.occurred_at < window
        for other, past in before
    )
    return "warn" if policy.organization_warns and neighbours else "allow"


def crowd(company, number: int, users) -> None:
    """Contacts spread over 30 days and a fifth as many leads, of which every third shares an address with the next."""
    leads = [LeadFactory.build(company=company, organization_keys=["name:acme"]) for _ in range(max(number // 5, 1))]
    type(leads[0]).objects.bulk_create(leads)
    for first, second in zip(leads[::30], leads[1::30], strict=False):
        for record in (first, second):
            set_identifiers(record, "email", clean_identifiers("email", f"{first.id}@acme.example", "US"))
    for start in range(0, number, 500):  # in steps, or the database takes the transaction for forgotten
        ContactAttempt.objects.bulk_create(
            ContactAttempt(
                company=company, lead=leads[index % len(leads)], user=users[index % len(users)], user_name="Una User",
                method="email" if index % 3 else "linkedin", direction="outbound", subject=f"About {index}",
                body=f"{PITCH} {index} " * 5, occurred_at=ago(minutes=8 * index),
            )
            for index in range(start, min(start + 500, number))
        )  # fmt: skip


def test_it_takes_seven_queries_however_long_the_history(company, alice, bob):
    proposed = replace(DEFAULTS, organization_warns=True)
    crowd(company, 10, [alice, bob])
    with CaptureQueriesContext(
        connection,
    ) as few:
        preview(company, DEFAULTS, proposed)
    crowd(company, 400, [alice, bob])
    with CaptureQueriesContext(connection) as many:
        preview(company, DEFAULTS, proposed)
    assert len(few) == len(many) <= 7


@pytest.mark.slow
def test_five_thousand_contacts_are_replayed_in_about_two_seconds(company, alice, bob):
    crowd(company, 5_200, [alice, bob, UserFactory(company=company)])
    began = time.process_time()
    found = preview(company, DEFAULTS, replace(limits("email", 48, 1, 3), organization_warns=True))
    took = time.process_time() - began
    assert took < 5  # about two of an idle machine, and with every text compared
    assert found.is_cut and found.total.new.contacts == 5_000
    assert len(found.held) == 50


def test_the_page_says_so_when_only_the_newest_are_counted(mona, lead, alice, signed_in, monkeypatch):
    monkeypatch.setattr("outreach.policies.preview.MOST", 2)
    for days in (1, 3, 5):
        AttemptFactory(lead=lead, user=alice, occurred_at=ago(days=days))
    text = " ".join(signed_in(mona).get(PREVIEW, initial(DEFAULTS), headers=HTMX).text.split())
    assert "2 of the newest 2 contacts would have been warned about, 0 refused." in text
    assert "Only the newest contacts are counted, those since" in text


def test_the_fragment_says_both_numbers_and_what_each_limit_means(mona, lead, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=30))
    AttemptFactory(lead=lead, user=bob, occurred_at=ago(hours=1))
    asked = {**initial(DEFAULTS), "email_cooldown_hours": 48}
    answer = signed_in(mona).get(PREVIEW, asked, headers=HTMX)
    text = " ".join(answer.text.split())
    assert "With these rules 0 of 2 contacts in the last 30 days would have been warned about, 1 refused." in text
    assert "Now: 1 warned, 0 refused." in text
    assert "1 email per 48 h, was 1 per 24 h; asks for a reason within 7 days." in text
    assert "<html" not in answer.text and "csrf" not in answer.text


def test_without_javascript_the_button_shows_it_on_the_page_and_nothing_is_saved(company, mona, lead, alice, signed_in):
    AttemptFactory(lead=lead, user=alice)
    asked = {**initial(DEFAULTS), "email_cooldown_hours": 48, "act": "preview"}
    answer = signed_in(mona).post("/policy/", asked)
    assert answer.status_code == 200 and "0 of 1 contact in the last 30 days would" in answer.text
    assert 'value="48"' in answer.text and "<html" in answer.text
    assert read_policy(company) == DEFAULTS and not ContactPolicy.objects.exists()
    assert not GuardDecision.objects.exists()


def test_a_number_out_of_bounds_is_named_and_the_count_waits(mona, signed_in):
    answer = signed_in(mona).get(PREVIEW, {**initial(DEFAULTS), "claim_minutes": "99"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Shown as writing, minutes: Use a whole number from 1 to 60." in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_shorter_limit_never_opens_what_a_stored_contact_has_closed(company, lead, alice, bob, mona, signed_in):
    """Under 24 hours Alice emails; Mona makes it one hour; Bob waits until the 24 hours are over all the same."""
    first = log_contact(lead_id=lead.id, user=alice, contact=Contact("email"))
    signed_in(mona).post("/policy/", {**initial(DEFAULTS), "email_cooldown_hours": 1, "email_warning_days": 0})
    assert read_policy(company).methods["email"].cooldown_hours == 1
    form = {"method": "email", "direction": "outbound", "key": "one", "seen": 99}
    refused = signed_in(bob).post(f"/leads/{lead.id}/contacts/new/", form, headers=HTMX)
    assert refused.status_code == 429
    assert GuardDecision.objects.get().allowed_from == first.occurred_at + timedelta(hours=24)
    other = LeadFactory(company=company)
    later = log_contact(lead_id=other.id, user=alice, contact=Contact("email"))
    refused = signed_in(bob).post(f"/leads/{other.id}/contacts/new/", {**form, "key": "two"}, headers=HTMX)
    assert refused.status_code == 429
    newest = GuardDecision.objects.order_by("created_at").last()
    assert newest.allowed_from == later.occurred_at + timedelta(hours=1)
    # A second change is told by the audit row of the first.
    set_policy(user=mona, policy=limits("email", 0, 1, 0))
    again = signed_in(bob).post(f"/leads/{other.id}/contacts/new/", {**form, "key": "three"}, headers=HTMX)
    assert again.status_code == 429
