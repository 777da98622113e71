"""The lead's form: addresses in rows, who is here already, what somebody else was faster with, and undoing it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.models import Company, User
from crm.pages.undo import Act, note_of
from leads.actions import create_lead
from leads.addresses import clean_identifiers
from leads.form.rows import read_rows, split_rows
from leads.models import Lead, LeadIdentifier
from leads.person.near import alike
from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db


def typed(**more: object) -> dict[str, object]:
    return {"first_name": "Ines", "last_name": "Costa", "organization": "Acme Ltd", "status": "new", **more}


def make(user, *, emails: str = "", phones: str = "", **fields: object) -> Lead:
    cleaned = {
        kind: clean_identifiers(kind, text, "US") for kind, text in (("email", emails), ("phone", phones)) if text
    }
    return create_lead(user=user, fields={"last_name": "Miller", **fields}, identifiers=cleaned)


def sent_back(page: str) -> dict[str, list[str]]:
    """Every named value of the form, as a browser without scripts would send it back untouched."""
    form = page.partition("data-typed")[2].partition("</form>")[0]
    values: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        values.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, options in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', form, flags=re.DOTALL):
        values[name] = re.findall(r'value="([^"]*)" selected', options) or [""]
    for name, text in re.findall(r'<textarea name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, flags=re.DOTALL):
        values[name] = [text]
    return values


@pytest.mark.parametrize(
    ("kind", "pasted", "read"),
    [
        ("email", "Dana Miller <dana@acme.example>; bob@acme.example", ["dana@acme.example", "bob@acme.example"]),
        ("email", "Miller, Dana <dana@acme.example>, Bob <bob@a.example>", ["dana@acme.example", "bob@a.example"]),
        ("email", "a@x.example b@x.example\nc@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
        ("email", "mailto:dana@acme.example", ["dana@acme.example"]),
        ("email", "\u200bdana@acme.example;", ["dana@acme.example"]),
        ("email", "not an address", ["not an address"]),
        ("phone", "+1 415 555 0100; 650 253 0000", ["+1 415 555 0100", "650 253 0000"]),
        ("phone", "+14155550100;ext=12", ["+14155550100;ext=12"]),
        ("phone", "\u202a+1 212-555-0147\u202c", ["+1 212-555-0147"]),
        ("phone", "Mobile: +1 (415) 555-0100 (mobile)", ["+1 (415) 555-0100"]),
        ("phone", "+33 1 42 68 53 00 poste 12", ["+33 1 42 68 53 00 ext. 12"]),
        ("profile", "https://www.linkedin.com/in/pat-sample).", ["https://www.linkedin.com/in/pat-sample"]),
        ("profile", "linkedin.com/in/pat, linkedin.com/in/lee", ["linkedin.com/in/pat", "linkedin.com/in/lee"]),
    ],
)
def test_what_is_pasted_into_one_row_is_read_as_the_addresses_in_it(kind, pasted, read):
    assert split_rows(kind, [pasted]) == read


def test_each_row_says_what_is_wrong_how_it_is_compared_and_which_row_it_repeats():
    rows = read_rows("email", ["Dana@Acme.example", "nonsense", "", "dana@acme.example", "d+news@acme.example"], "US")
    assert [(row.error, row.compared_as, row.repeats) for row in rows] == [
        ("", "", 0),
        ("“nonsense” is not an email address.", "", 0),
        ("", "", 0),
        ("", "", 1),
        ("", "d@acme.example", 0),
    ]
    assert [row.compared_as for row in read_rows("phone", ["(650) 253-0000", "+1 650 253 0000"], "US")] == [
        "+1 650-253-0000", "",
    ]  # fmt: skip


def test_the_rows_of_a_page_without_scripts_are_saved_and_empty_ones_are_none(alice, signed_in):
    client = signed_in(alice)
    form = sent_back(client.get(reverse("lead_new")).text)
    assert form["emails"] == ["", "", ""]
    form |= {"last_name": ["Costa"], "emails": ["Ines <ines@acme.example>, i@home.example", "", "INES@acme.example"]}
    answer = client.post(reverse("lead_new"), form)
    lead = Lead.objects.get()
    assert answer["Location"] == reverse("lead", args=[lead.id])
    assert [i.value for i in lead.identifiers.all()] == ["ines@acme.example", "i@home.example"]
    assert lead.owner == alice


def test_a_wrong_row_is_marked_where_it_is_has_the_focus_and_everything_typed_is_kept(alice, signed_in):
    data = typed(emails=["ines@acme.example", "nonsense"], phones=["12"], notes="met at the fair")
    page = signed_in(alice).post(reverse("lead_new"), data)
    assert page.status_code == 422
    [wrong] = re.findall(r'<input[^>]*value="nonsense"[^>]*>', page.text)
    assert 'aria-invalid="true"' in wrong and "autofocus" in wrong and 'aria-describedby="id_emails_2_note"' in wrong
    assert "“nonsense” is not an email address." in page.text and "Line 2" not in page.text
    assert page.text.count("autofocus") == 1
    assert all(text in page.text for text in ["ines@acme.example", 'value="12"', "met at the fair"])


def test_unchanged_addresses_keep_their_rows_in_the_database_and_one_that_is_emptied_goes(alice, signed_in):
    lead = make(alice, emails="dana@acme.example\nd@home.example", phones="(650) 253-0000")
    ids = dict(lead.identifiers.values_list("value", "id"))
    client, address = signed_in(alice), reverse("lead_edit", args=[lead.id])
    form = sent_back(client.get(address).text)
    form["emails"] = ["dana@acme.example", "", "new@acme.example"]
    answer = client.post(address, form, follow=True)
    kept = dict(lead.identifiers.values_list("value", "id"))
    assert kept.keys() == {"dana@acme.example", "new@acme.example", "(650) 253-0000"}
    assert all(kept[value] == ids[value] for value in ("dana@acme.example", "(650) 253-0000"))
    assert "Saved: 1 email added, 1 email removed." in answer.text


def test_an_address_read_as_of_another_country_stays_as_it_is(alice, signed_in):
    lead = make(alice, phones="(650) 253-0000")
    Company.objects.update(phone_region="DE")
    client, address = signed_in(alice), reverse("lead_edit", args=[lead.id])
    answer = client.post(address, sent_back(client.get(address).text) | {"job_title": ["CTO"]}, follow=True)
    assert "Saved: job title." in answer.text
    assert lead.identifiers.get().normalised == "+16502530000"


def test_two_who_add_an_address_at_once_both_keep_theirs(alice, bob, signed_in):
    lead = make(alice, emails="dana@acme.example\nold@acme.example")
    address = reverse("lead_edit", args=[lead.id])
    mine, theirs = (sent_back(signed_in(user).get(address).text) for user in (alice, bob))
    signed_in(bob).post(address, theirs | {"emails": ["dana@acme.example", "bobs@acme.example"]})
    signed_in(alice).post(address, mine | {"emails": ["dana@acme.example", "old@acme.example", "mine@acme.example"]})
    assert [i.value for i in lead.identifiers.all()] == ["dana@acme.example", "mine@acme.example", "bobs@acme.example"]


def test_a_field_that_both_changed_is_said_and_what_was_typed_is_kept(lead, alice, bob, signed_in):
    address = reverse("lead_edit", args=[lead.id])
    mine, theirs = (sent_back(signed_in(user).get(address).text) for user in (alice, bob))
    signed_in(bob).post(address, theirs | {"job_title": ["CTO"], "industry": ["Steel"], "owner": [str(bob.id)]})
    answer = signed_in(alice).post(address, mine | {"job_title": ["CEO"], "last_name": ["Moller"]})
    assert answer.status_code == 409
    assert "Somebody changed this to “CTO” meanwhile. Save again to keep what you typed." in answer.text
    lead.refresh_from_db()
    assert (lead.job_title, lead.last_name) == ("CTO", "Miller")
    again = sent_back(answer.text)
    assert again["job_title"] == ["CEO"]
    assert signed_in(alice).post(address, again).status_code == 302
    lead.refresh_from_db()
    assert (lead.job_title, lead.last_name, lead.industry, lead.owner) == ("CEO", "Moller", "Steel", bob)


def test_a_name_is_not_written_over_by_who_changed_only_the_organization(lead, alice, bob, signed_in):
    address = reverse("lead_edit", args=[lead.id])
    mine, theirs = (sent_back(signed_in(user).get(address).text) for user in (alice, bob))
    signed_in(bob).post(address, theirs | {"last_name": ["Moller"]})
    assert signed_in(alice).post(address, mine | {"organization": ["Acme Inc"]}).status_code == 302
    lead.refresh_from_db()
    assert (lead.last_name, lead.organization) == ("Moller", "Acme Inc")


def test_a_lead_keeps_its_name_when_two_empty_it_from_both_sides(lead, alice, bob, signed_in):
    address = reverse("lead_edit", args=[lead.id])
    mine, theirs = (sent_back(signed_in(user).get(address).text) for user in (alice, bob))
    signed_in(bob).post(address, theirs | {"first_name": [""], "last_name": [""]})
    answer = signed_in(alice).post(address, mine | {"organization": [""]})
    assert answer.status_code == 409
    lead.refresh_from_db()
    assert (lead.name, lead.organization) == ("Acme Ltd", "Acme Ltd")


def test_notes_with_line_ends_of_any_kind_are_no_change(lead, alice, signed_in):
    Lead.objects.filter(pk=lead.pk).update(notes="one\ntwo")
    client, address = signed_in(alice), reverse("lead_edit", args=[lead.id])
    form = sent_back(client.get(address).text)
    crlf = {name: [value.replace("\n", "\r\n") for value in values] for name, values in form.items()}
    client.post(address, crlf | {"notes": ["one\r\ntwo\r\nthree"]})
    lead.refresh_from_db()
    assert lead.notes == "one\ntwo\nthree"


def test_an_edit_of_the_title_keeps_the_organization_known_by_the_emails(alice, signed_in):
    lead = make(alice, emails="dana@acme.example")
    client, address = signed_in(alice), reverse("lead_edit", args=[lead.id])
    client.post(address, sent_back(client.get(address).text) | {"job_title": ["CTO"]})
    lead.refresh_from_db()
    assert lead.organization_keys == ["domain:acme.example"]


def check(client, lead: Lead | None = None, **data: object):
    url = reverse("lead_check", args=[lead.id]) if lead else reverse("lead_check_new")
    return client.post(url, data)


def test_the_page_says_who_is_here_by_an_address_in_any_spelling(alice, bob, signed_in):
    lead = make(alice, first_name="Dana", organization="Acme Ltd", emails="dana@gmail.com", owner=bob)
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=timezone.now() - timedelta(hours=2))
    answer = check(signed_in(alice), emails=["", " Da.Na+x@GoogleMail.com "])
    assert "This person is here already" in answer.text and reverse("lead", args=[lead.id]) in answer.text
    assert "owned by Bob Smith. Bob was in contact 2 h ago." in answer.text
    assert "yours. You were in contact 2 h ago." not in answer.text
    assert "yours. You were in contact 2 h ago." in check(signed_in(bob), emails="dana@gmail.com").text
    assert "here already" not in check(signed_in(alice), lead, emails="dana@gmail.com").text


def test_a_near_name_at_the_same_organization_is_a_hint_only(alice, signed_in):
    lead = make(alice, first_name="William", last_name="Gates", organization="Gates Foods Inc.")
    near = check(signed_in(alice), first_name="Will", last_name="Gats", organization="Gates Foods").text
    assert "Maybe the same person" in near and str(lead.id) in near and "here already" not in near
    for other in (
        {"first_name": "Will", "last_name": "Gates", "organization": "Elsewhere"},
        {"first_name": "Anna", "last_name": "Gates", "organization": "Gates Foods"},
        {"first_name": "Will", "last_name": "", "organization": "Gates Foods"},
    ):
        assert "Maybe" not in check(signed_in(alice), **other).text
    assert signed_in(alice).post(reverse("lead_new"), typed(**{**other, "last_name": "Gates"})).status_code == 302


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        (("Dana", "Müller"), ("Dana", "Mueller"), True),
        (("Miller", "Dana"), ("Dana", "Miller"), True),
        (("D.", "Miller"), ("Dana", "Miller"), True),
        (("", "Miller"), ("Dana", "Miller"), True),
        (("Dana", "Miller"), ("Bob", "Miller"), False),
        (("Dana", "Miller"), ("Dana", "Novak"), False),
        (("", ""), ("", ""), False),
    ],
)
def test_how_alike_two_names_are(one, other, is_alike):
    assert bool(alike(one, other)) is is_alike


def test_nobody_of_another_company_or_taken_out_is_shown(alice, charlie, signed_in):
    make(charlie, first_name="Dana", organization="Acme Ltd", emails="dana@acme.example")
    gone = make(alice, first_name="Dana", organization="Acme Ltd", emails="dana@acme.example")
    Lead.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    data = {"first_name": "Dana", "last_name": "Miller", "organization": "Acme Ltd", "emails": "dana@acme.example"}
    assert "<a" not in check(signed_in(alice), **data).text
    assert check(signed_in(charlie), gone, **data).status_code == 404


def test_the_page_says_of_each_row_what_saving_would_say(alice, signed_in):
    answer = check(signed_in(alice), emails=["ok@acme.example", "nonsense"], phones="(650) 253-0000", profiles="\0")
    assert "“nonsense” is not an email address." in answer.text and "Compared as +1 650-253-0000" in answer.text
    assert answer.text.count("data-wrong") == 2


def test_preview_and_saving_find_the_same_people(alice, signed_in):
    lead = make(alice, first_name="Dana", emails="dana@acme.example", phones="(650) 253-0000")
    for data in ({"emails": "DANA+x@acme.example"}, {"phones": "+1 650 253 0000"}, {"emails": "other@acme.example"}):
        shown = str(lead.id) in check(signed_in(alice), **data).text
        saved = signed_in(alice).post(reverse("lead_new"), typed(**data, key=""))
        assert (saved.status_code == 409) is shown


def test_another_person_who_turns_up_after_create_anyway_is_shown_too(alice, signed_in):
    make(alice, first_name="Dana", emails="dana@acme.example")
    other = make(alice, first_name="Bob", emails="bob@acme.example")
    client = signed_in(alice)
    asked = client.post(reverse("lead_new"), typed(emails="dana@acme.example"))
    known = sent_back(asked.text)["known"]
    both = typed(emails=["dana@acme.example", "bob@acme.example"], known=known)
    answer = client.post(reverse("lead_new"), both)
    assert answer.status_code == 409 and str(other.id) in answer.text
    assert client.post(reverse("lead_new"), both | {"known": sent_back(answer.text)["known"]}).status_code == 302


@pytest.mark.parametrize("count", [1, 40])
def test_pages_and_the_look_up_ask_as_often_for_one_lead_as_for_many(
    alice, bob, signed_in, django_assert_max_num_queries, count
):
    for number in range(count):
        LeadFactory(company=alice.company, first_name="Dana", last_name="Miller", organization="Acme", owner=bob)
        make(alice, first_name="Dana", organization="Acme", emails=f"dana{number}@acme.example\ndana@acme.example")
    lead, client = Lead.objects.filter(identifiers__value="dana@acme.example").first(), signed_in(alice)
    data = {"first_name": "Dana", "last_name": "Miller", "organization": "Acme", "emails": ["dana@acme.example"] * 3}
    with django_assert_max_num_queries(5):
        assert check(client, **data).status_code == 200
    with django_assert_max_num_queries(7):
        assert check(client, lead, **data).status_code == 200
    with django_assert_max_num_queries(6):
        client.get(reverse("lead_new"))
    with django_assert_max_num_queries(8):
        client.get(reverse("lead_edit", args=[lead.id]))


def test_the_way_from_a_new_lead_leads_straight_to_logging_a_contact(alice, signed_in):
    client = signed_in(alice)
    answer = client.post(reverse("lead_new"), typed(then="log"))
    lead = Lead.objects.get()
    assert answer["Location"] == reverse("contact_new", args=[lead.id])
    assert "Ines Costa is in your leads." in client.get(answer["Location"]).text


@pytest.mark.parametrize("owner", ["", "bob"])
def test_a_new_lead_may_be_nobodys_or_a_colleagues(alice, bob, signed_in, owner):
    signed_in(alice).post(reverse("lead_new"), typed(owner=str(bob.id) if owner else ""))
    assert Lead.objects.get().owner == (bob if owner else None)


def test_back_and_sent_again_with_changes_is_shown_as_an_edit_and_not_lost(alice, signed_in):
    client = signed_in(alice)
    form = sent_back(client.get(reverse("lead_new")).text) | {"last_name": ["Costa"]}
    client.post(reverse("lead_new"), form)
    lead = Lead.objects.get()
    answer = client.post(reverse("lead_new"), form | {"job_title": ["CTO"], "emails": ["ines@acme.example"]})
    assert answer.status_code == 409 and "was made by this form already" in answer.text
    assert f'action="{reverse("lead_edit", args=[lead.id])}"' in answer.text
    client.post(reverse("lead_edit", args=[lead.id]), sent_back(answer.text))
    lead.refresh_from_db()
    assert (lead.job_title, lead.identifiers.count(), Lead.objects.count()) == ("CTO", 1, 1)


def test_back_and_sent_again_as_it_was_leads_to_the_lead_whatever_its_values_were_read_as(alice, signed_in):
    client = signed_in(alice)
    form = sent_back(client.get(reverse("lead_new")).text) | {"last_name": ["Costa"], "website": ["acme.example"]}
    form |= {"emails": ["Ines <INES@acme.example>"], "notes": ["one\r\ntwo"], "phones": ["(650) 253-0000"]}
    made = client.post(reverse("lead_new"), form)
    log_contact(lead_id=Lead.objects.get().id, user=alice, contact=Contact("call"))
    assert client.post(reverse("lead_new"), form)["Location"] == made["Location"]


def take_back(client, user: User, lead: Lead, version: int):
    undo = note_of(user, Act.LEAD_MADE, lead=lead.id, version=version)
    return client.post(reverse("undo"), {"undo": undo}, follow=True)


def test_undoing_a_new_lead_takes_it_and_its_addresses_back(alice, signed_in):
    dana = make(alice, first_name="Dana", emails="dana@acme.example")
    wrong = make(alice, first_name="Bob", emails="dana@acme.example")
    answer = take_back(signed_in(alice), alice, wrong, wrong.version)
    assert "Bob Miller is no longer in your leads." in answer.text
    assert not Lead.objects.visible_to(alice).filter(pk=wrong.pk).exists()
    assert list(LeadIdentifier.objects.values_list("lead_id", flat=True)) == [dana.id]


def test_a_new_lead_that_somebody_has_worked_with_is_not_taken_back(alice, bob, charlie, signed_in):
    lead = make(alice, first_name="Dana", emails="dana@acme.example")
    log_contact(lead_id=lead.id, user=bob, contact=Contact("call"))
    for version in (lead.version, 0):
        assert "Nothing was undone." in take_back(signed_in(alice), alice, lead, version).text
    for user in (alice, charlie):
        assert "Nothing was undone." in take_back(signed_in(charlie), user, lead, lead.version).text
    assert Lead.objects.visible_to(alice).filter(pk=lead.pk).exists()
