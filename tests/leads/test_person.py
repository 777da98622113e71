"""Who is one person: lead records that share an address, however it is spelled and whatever lies between them."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from leads.actions import create_lead, delete_lead, set_do_not_contact, update_lead
from leads.addresses import clean_identifiers, person_key
from leads.models import FormerIdentifier, Lead
from leads.person.records import records_of
from tests.support.factories import LeadFactory, UserFactory

pytestmark = pytest.mark.django_db


def reached_by(**values: str) -> dict[str, list[tuple[str, str]]]:
    """Identifiers as the form cleans them: reached_by(email="dana@x.example", phone="…")."""
    return {kind: clean_identifiers(kind, values.get(kind, ""), "US") for kind in ("email", "phone", "profile")}


@pytest.fixture
def make(alice):
    def create(last_name: str = "Miller", **values: str) -> Lead:
        return create_lead(user=alice, fields={"last_name": last_name}, identifiers=reached_by(**values))

    return create


def person(lead: Lead) -> set:
    return set(records_of([lead.id])[lead.id])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dana@acme.example", " DANA@ACME.example "),
        ("dana@acme.example", "dana+news@acme.example"),
        ("dana.miller@gmail.com", "danamiller@gmail.com"),
        ("dana.miller@gmail.com", "d.a.n.a.miller+crm@googlemail.com"),
        ("dana@bücher.example", "dana@xn--bcher-kva.example"),
    ],
)
def test_one_mailbox_in_two_spellings_is_one_person(make, one, other):
    first, second = make(email=one), make(email=other)
    assert person(first) == person(second) == {first.id, second.id}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dana.miller@acme.example", "danamiller@acme.example"),
        ("dana@acme.example", "dana@acme.test"),
        ("dana@acme.example", "ana@acme.example"),
    ],
)
def test_two_mailboxes_are_two_persons(make, one, other):
    first, second = make(email=one), make(email=other)
    assert person(first) != person(second)


def test_phones_and_profiles_count_in_all_their_spellings(make):
    first = make(phone="(415) 555-0100", profile="linkedin.com/in/Dana-Miller")
    called, linked = make(phone="+1 415 555 0100"), make(profile="https://de.linkedin.com/in/dana-miller/?trk=x")
    colleague = make(phone="(415) 555-0100 ext 7")
    assert person(first) == {first.id, called.id, linked.id}
    assert person(colleague) == {colleague.id}


def test_a_record_between_two_others_makes_one_person_of_all(make, django_assert_num_queries):
    by_mail, by_phone = make(email="dana@x.example"), make(phone="415 555 0100")
    between = make(email="Dana@x.example", phone="+14155550100")
    with django_assert_num_queries(1):
        records = records_of([by_mail.id, by_phone.id])
    assert set(records[by_mail.id]) == set(records[by_phone.id]) == {by_mail.id, by_phone.id, between.id}


def test_a_deleted_record_still_links_and_another_companys_never_does(make, alice, charlie):
    first = make(email="dana@x.example")
    delete_lead(lead_id=first.id, user=alice)
    again = make(email="dana@x.example")
    create_lead(user=charlie, fields={"last_name": "Miller"}, identifiers=reached_by(email="dana@x.example"))
    assert person(again) == {first.id, again.id}


def test_an_address_given_up_is_kept_for_its_history(make, alice):
    lead = make(email="dana@x.example\nd@x.example")
    update_lead(lead_id=lead.id, user=alice, fields={}, identifiers=reached_by(email="d@x.example"))
    former = FormerIdentifier.objects.get()
    assert (former.lead_id, former.person_key) == (lead.id, "dana@x.example")
    assert former.since < former.until
    assert person(make(email="dana@x.example")) != person(lead)


def test_all_records_rise_to_one_version_when_one_joins_or_leaves(make, alice):
    first = make(email="dana@x.example")
    Lead.objects.filter(pk=first.pk).update(version=7)
    second = make(email="dana@x.example")
    versions = Lead.objects.filter(pk__in=[first.pk, second.pk]).values_list("version", flat=True)
    assert set(versions) == {8}
    update_lead(lead_id=second.id, user=alice, fields={}, identifiers=reached_by())
    assert set(versions.all()) == {9}


def test_a_wish_holds_on_every_record_and_on_those_that_join_later(make, alice, mona):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    set_do_not_contact(lead_id=second.id, user=alice, whole=False, methods=["sms"], reason="no texts")
    third = make(email="dana+x@x.example")
    for lead in (first, second, third):
        lead.refresh_from_db()
        assert (lead.do_not_contact_methods, lead.do_not_contact_reason) == (["sms"], "no texts")
    set_do_not_contact(lead_id=third.id, user=mona, whole=False, methods=[], reason="")
    assert not Lead.objects.not_to_contact().exists()


def test_a_wish_outlives_the_record_and_the_address_on_it(make, alice):
    deleted, moved = make(email="dana@x.example"), make(email="kim@x.example")
    for lead in (deleted, moved):
        set_do_not_contact(lead_id=lead.id, user=alice, whole=True, methods=[], reason="asked by phone")
    delete_lead(lead_id=deleted.id, user=alice)
    update_lead(lead_id=moved.id, user=alice, fields={}, identifiers=reached_by(email="kim@home.example"))
    assert make(email="dana@x.example").do_not_contact
    assert make(email="kim@x.example").do_not_contact


def test_a_wish_noted_after_the_address_was_given_up_stays_with_the_record(make, alice):
    moved = make(email="kim@x.example")
    update_lead(lead_id=moved.id, user=alice, fields={}, identifiers=reached_by(email="kim@home.example"))
    set_do_not_contact(lead_id=moved.id, user=alice, whole=True, methods=[], reason="asked by phone")
    assert not make(email="kim@x.example").do_not_contact


def test_reps_cannot_lift_a_wish_by_way_of_another_record(make, alice, company):
    first, second = make(email="dana@x.example"), make(email="dana@x.example")
    set_do_not_contact(lead_id=first.id, user=alice, whole=True, methods=[], reason="asked by phone")
    with pytest.raises(PermissionDenied, match="Only a manager"):
        set_do_not_contact(lead_id=second.id, user=UserFactory(company=company), whole=False, methods=[], reason="")


def test_a_key_of_nothing_but_a_tag_or_dots_stays_whole():
    assert person_key("email", "+tag@x.example") == "+tag@x.example"
    assert person_key("email", "...@gmail.com") == "...@gmail.com"


def test_a_lead_with_no_identifier_is_a_person_of_its_own(company):
    one, other = LeadFactory(company=company), LeadFactory(company=company, deleted_at=timezone.now())
    assert person(one) == {one.id} and person(other) == {other.id}
