"""The one spelling of an email, a phone number and a profile, and who counts as the same person by it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from leads.addresses import (
    clean_identifiers,
    normalise_email,
    normalise_phone,
    normalise_profile,
    set_identifiers,
)
from leads.models import IdentifierKind, Lead


@pytest.mark.parametrize(
    ("typed", "normalised"),
    [
        ("dana@acme.example", "dana@acme.example"),
        ("  Dana.Miller@ACME.Example\t", "dana.miller@acme.example"),
        ("dana+news@acme.example", "dana+news@acme.example"),
        ("d.a.n.a@gmail.com", "d.a.n.a@gmail.com"),
        ("dana@MÜLLER.de", "dana@xn--mller-kva.de"),
        ("dana@xn--mller-kva.de", "dana@xn--mller-kva.de"),
        ("o'neil@acme.co.uk", "o'neil@acme.co.uk"),
    ],
)
def test_an_email_has_one_spelling(typed, normalised):
    assert normalise_email(typed) == normalised


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "dana",
        "dana@",
        "@acme.example",
        "dana@acme",
        "dana@localhost",
        "a@b@acme.example",
        "da na@acme.example",
        "dana@acme..example",
        "dana@-acme.example",
        "dana\x00@acme.example",
        "dana\ud800@acme.example",
        "dana@" + "x" * 64 + ".example",
        "Dana <dana@acme.example>",
    ],
)
def test_what_is_no_email_is_refused_in_plain_words(typed):
    with pytest.raises(ValidationError, match="is not an email address"):
        normalise_email(typed)


@pytest.mark.parametrize(
    ("typed", "region", "normalised"),
    [
        ("415-555-0100", "US", "+14155550100"),
        ("(415) 555 0100", "US", "+14155550100"),
        ("+1.415.555.0100", "DE", "+14155550100"),
        ("0014155550100", "DE", "+14155550100"),
        ("030 901820", "DE", "+4930901820"),
        ("tel:+49-30-901820", "US", "+4930901820"),
        ("٤١٥٥٥٥٠١٠٠", "US", "+14155550100"),
        ("415-555-0100 ext. 12", "US", "+14155550100;ext=12"),
        ("+14155550100;ext=12", "DE", "+14155550100;ext=12"),
    ],
)
def test_a_phone_number_has_one_spelling(typed, region, normalised):
    assert normalise_phone(typed, region) == normalised


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "is not a phone number"),
        ("call me", "is not a phone number"),
        ("+1 202", "is not a phone number"),
        ("+999 123456789", "is not a phone number"),
        ("030 901820", "is not a US phone number. Begin one from elsewhere with + and its country code"),
        ("1" * 400, "is not a phone number"),
    ],
)
def test_what_is_no_phone_number_is_refused_in_plain_words(typed, sentence):
    with pytest.raises(ValidationError) as refusal:
        normalise_phone(typed, "US")
    assert sentence in refusal.value.messages[0]


@pytest.mark.parametrize(
    "typed",
    [
        "https://www.linkedin.com/in/dana-miller",
        "http://linkedin.com/in/dana-miller/",
        "linkedin.com/in/dana-miller",
        "WWW.LinkedIn.com/IN/Dana-Miller",
        "de.linkedin.com/in/dana-miller?locale=de_DE",
        "in/dana-miller",
        "/in/dana-miller/",
        "https://m.linkedin.com/in/dana-miller#about",
        "//linkedin.com/in/dana-miller",
        "https://www.linkedin.com/in/dana%2Dmiller/en",
        " linkedin.com/mwlite/in/dana-miller ",
        "linkedin.com/in/dana-miller?back=https://elsewhere.example",
        "https://linkedin.com:443//in//dana-miller",
    ],
)
def test_a_profile_has_one_spelling(typed):
    assert normalise_profile(typed) == "dana-miller"


def test_a_profile_percent_encoded_or_decomposed_is_the_same_person():
    spellings = ["in/j%C3%BCrgen", "in/jürgen", "in/ju\u0308rgen", "linkedin.com/in/J%C3%9CRGEN"]
    assert {normalise_profile(spelling) for spelling in spellings} == {"jürgen"}


@pytest.mark.parametrize(
    "typed",
    [
        "https://evil.example/in/dana",
        "linkedin.com.evil.example/in/dana",
        "https://linkedin.com@evil.example/in/dana",
        "notlinkedin.com/in/dana",
        "javascript://linkedin.com/in/dana",
        "ftp://linkedin.com/in/dana",
        "dana",
        "",
    ],
)
def test_a_profile_elsewhere_is_refused(typed):
    with pytest.raises(ValidationError, match="is not on LinkedIn"):
        normalise_profile(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "linkedin.com/company/acme",
        "linkedin.com",
        "linkedin.com/in/",
        "in/a%2Fb",
        "in/%ff",
        "in/a%20b",
        "in/%00",
        "http://[linkedin.com/in/dana",
        "linkedin.com/sales/lead/abc",
    ],
)
def test_what_is_no_profile_is_refused_in_plain_words(typed):
    with pytest.raises(ValidationError, match="is not a public LinkedIn profile"):
        normalise_profile(typed)


@given(st.text(max_size=60))
def test_anything_typed_is_read_or_refused_and_reading_again_changes_nothing(text):
    for prefix, normalise in (
        ("", normalise_email),
        ("", lambda value: normalise_phone(value, "US")),
        ("in/", normalise_profile),
    ):
        try:
            once = normalise(prefix + text)
        except ValidationError:
            continue
        assert once and normalise(prefix + once) == once


@given(st.emails())
def test_case_and_blanks_around_never_make_another_person(address):
    try:
        normalised = normalise_email(address)
    except ValidationError:
        return
    assert normalise_email(f" {address.upper()} ") == normalised


def test_lines_become_pairs_as_typed_and_normalised_each_address_once():
    text = "Dana@Acme.example\r\n\r\n  dana@ACME.example \ndana@home.example"
    assert clean_identifiers(IdentifierKind.EMAIL, text, "US") == [
        ("Dana@Acme.example", "dana@acme.example"),
        ("dana@home.example", "dana@home.example"),
    ]


def test_each_unreadable_line_is_named():
    with pytest.raises(ValidationError) as refusal:
        clean_identifiers(IdentifierKind.PHONE, "415-555-0100\nhello\n\n12", "US")
    assert refusal.value.messages == [
        "Line 2: “hello” is not a phone number.",
        "Line 4: “12” is not a US phone number. Begin one from elsewhere with + and its country code.",
    ]


def test_twenty_identifiers_are_taken_and_twenty_one_refused():
    lines = [f"dana{number}@acme.example" for number in range(21)]
    assert len(clean_identifiers(IdentifierKind.EMAIL, "\n".join(lines[:20]), "US")) == 20
    with pytest.raises(ValidationError, match="At most 20"):
        clean_identifiers(IdentifierKind.EMAIL, "\n".join(lines), "US")


def test_an_identifier_longer_than_its_column_is_refused():
    with pytest.raises(ValidationError, match="At most 500 characters"):
        clean_identifiers(IdentifierKind.PROFILE, "in/" + "x" * 498, "US")


def emails(lead: Lead) -> list[tuple[str, int]]:
    return list(lead.identifiers.filter(kind=IdentifierKind.EMAIL).values_list("normalised", "position"))


def test_identifiers_are_replaced_in_the_order_given_and_other_kinds_stay(lead, django_assert_max_num_queries):
    phones = [("415 555 0100", "+14155550100")]
    with transaction.atomic():
        assert set_identifiers(lead, IdentifierKind.PHONE, phones)
        assert set_identifiers(
            lead, IdentifierKind.EMAIL, [("a@x.example", "a@x.example"), ("B@x.example", "b@x.example")]
        )
        with django_assert_max_num_queries(3):
            assert set_identifiers(
                lead, IdentifierKind.EMAIL, [("b@x.example", "b@x.example"), ("a@x.example", "a@x.example")]
            )
    assert emails(lead) == [("b@x.example", 0), ("a@x.example", 1)]
    assert lead.identifiers.filter(kind=IdentifierKind.PHONE).count() == 1


def test_the_same_identifiers_again_change_nothing_in_one_query(lead, django_assert_num_queries):
    pairs = [("a@x.example", "a@x.example")]
    set_identifiers(lead, IdentifierKind.EMAIL, pairs)
    with django_assert_num_queries(1):
        assert not set_identifiers(lead, IdentifierKind.EMAIL, pairs)


def test_no_identifiers_takes_away_those_there_were(lead):
    set_identifiers(lead, IdentifierKind.EMAIL, [("a@x.example", "a@x.example")])
    assert set_identifiers(lead, IdentifierKind.EMAIL, [])
    assert emails(lead) == []
