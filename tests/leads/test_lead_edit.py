"""Making and changing a lead: what is kept, what is refused, and who hears of it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from crm.models import User
from leads.models import Lead
from tests.support.factories import LeadFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def form_data(**more: str) -> dict[str, str]:
    return {"first_name": "Ines", "last_name": "Costa", "organization": "Acme Ltd", "status": "new", **more}


def test_a_new_lead_keeps_what_was_typed_with_its_addresses_normalised(alice, signed_in):
    answer = signed_in(alice).post(
        reverse("lead_new"),
        form_data(
            emails="Ines.Costa@Acme.example\nines@home.example",
            phones="(650) 253-0000",
            profiles="https://www.linkedin.com/in/Ines-Costa/",
            website="acme.example",
            owner=str(alice.id),
        ),
    )
    lead = Lead.objects.get()
    assert answer["Location"] == reverse("lead", args=[lead.id])
    assert (lead.name, lead.owner, lead.company, lead.website) == (
        "Ines Costa", alice, alice.company, "https://acme.example",
    )  # fmt: skip
    assert [(i.kind, i.value, i.normalised) for i in lead.identifiers.all()] == [
        ("email", "Ines.Costa@Acme.example", "ines.costa@acme.example"),
        ("email", "ines@home.example", "ines@home.example"),
        ("phone", "(650) 253-0000", "+16502530000"),
        ("profile", "https://www.linkedin.com/in/Ines-Costa/", "ines-costa"),
    ]


def test_a_form_sent_twice_makes_one_lead_and_a_key_that_is_anothers_names_nothing(alice, charlie, signed_in):
    client = signed_in(alice)
    key = client.get(reverse("lead_new")).context["form"]["key"].value()
    made = [client.post(reverse("lead_new"), form_data(key=str(key), emails="ines@acme.example")) for _ in range(2)]
    assert [answer["Location"] for answer in made] == [reverse("lead", args=[key])] * 2
    foreign = LeadFactory(company=charlie.company)
    for wrong in (str(foreign.id), "not a key", ""):
        client.post(reverse("lead_new"), form_data(key=wrong))
    assert (Lead.objects.filter(company=alice.company).count(), Lead.objects.count()) == (4, 5)


def test_a_person_who_is_here_already_is_shown_once_and_nothing_typed_is_lost(alice, signed_in):
    client = signed_in(alice)
    client.post(reverse("lead_new"), form_data(emails="ines@acme.example"))
    again = form_data(first_name="I.", emails=" INES@acme.example ", notes="met twice")
    answer = client.post(reverse("lead_new"), again)
    assert answer.status_code == 409
    assert "Ines Costa" in answer.text and "met twice" in answer.text
    assert Lead.objects.count() == 1
    client.post(reverse("lead_new"), {**again, "known": form_of(answer.text)["known"]})
    assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"first_name": "", "last_name": "", "organization": ""}, "last_name"),
        ({"first_name": "x" * 151}, "first_name"),
        ({"last_name": "nul\0"}, "last_name"),
        ({"organization": "a\u202eb"}, "organization"),
        ({"notes": "x" * 50_001}, "notes"),
        ({"notes": "bell\x07"}, "notes"),
        ({"emails": "not an address"}, "emails"),
        ({"emails": "a@b.example\n" * 0 + "\n".join(f"a{n}@b.example" for n in range(30))}, "emails"),
        ({"phones": "12"}, "phones"),
        ({"profiles": "https://facebook.com/ines"}, "profiles"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "not a site"}, "website"),
        ({"owner": "42"}, "owner"),
        ({"status": "married"}, "status"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_writes_nothing(lead, alice, signed_in, more, field):
    before = Lead.objects.values().get()
    for address in (reverse("lead_new"), reverse("lead_edit", args=[lead.id])):
        answer = signed_in(alice).post(address, form_data(**more))
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
    assert Lead.objects.values().get() == before


def test_an_edit_writes_only_what_changed_and_raises_the_version(lead, alice, signed_in):
    client, address = signed_in(alice), reverse("lead_edit", args=[lead.id])
    form = client.get(address).context["form"]
    unchanged = {name: form[name].value() or "" for name in form.fields}
    client.post(address, unchanged)
    lead.refresh_from_db()
    assert lead.version == 1
    client.post(address, {**unchanged, "job_title": "CTO", "emails": "dana@acme.example"})
    lead.refresh_from_db()
    assert (lead.version, lead.job_title, lead.name) == (2, "CTO", "Dana Miller")


def form_of(page: str) -> dict[str, str]:
    """Every named field of the page's form, as a browser would send it back untouched."""
    fields = FormFields()
    fields.feed(page)
    return fields.values


class FormFields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.name = ""

    def handle_starttag(self, tag: str, attributes: list) -> None:
        element = dict(attributes)
        if tag == "input" and element.get("name"):
            self.values[element["name"]] = element.get("value", "")
        elif tag in ("select", "textarea"):
            self.name = element["name"]
            self.values[self.name] = ""
        elif tag == "option" and "selected" in element:
            self.values[self.name] = element["value"]

    def handle_data(self, data: str) -> None:
        if self.lasttag == "textarea" and self.name:
            self.values[self.name] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self.name = ""


def test_an_edit_begun_before_a_colleagues_leaves_the_colleagues_alone(lead, alice, bob, signed_in):
    """Two pages of one form: each saves what was typed in it, and nothing else."""
    address = reverse("lead_edit", args=[lead.id])
    old = form_of(signed_in(alice).get(address).text)
    new = form_of(signed_in(bob).get(address).text)
    signed_in(bob).post(address, {**new, "owner": str(bob.id), "notes": "Likes tea", "emails": "dana@acme.example"})
    signed_in(alice).post(address, {**old, "job_title": "CTO"})
    lead.refresh_from_db()
    assert (lead.job_title, lead.notes, lead.owner) == ("CTO", "Likes tea", bob)
    assert [identifier.value for identifier in lead.identifiers.all()] == ["dana@acme.example"]


def test_an_edit_keeps_an_owner_who_has_left(lead, alice, bob, signed_in):
    Lead.objects.filter(pk=lead.id).update(owner=bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    address = reverse("lead_edit", args=[lead.id])
    client = signed_in(alice)
    client.post(address, {**form_of(client.get(address).text), "job_title": "CTO"})
    lead.refresh_from_db()
    assert (lead.job_title, lead.owner) == ("CTO", bob)


def test_counters_company_and_summary_never_come_from_the_form(lead, alice, charlie, signed_in):
    sly = form_data(contact_count="99", version="99", company=str(charlie.company_id), last_contacted_at="2026-01-01")
    signed_in(alice).post(reverse("lead_edit", args=[lead.id]), sly)
    lead.refresh_from_db()
    assert (lead.contact_count, lead.last_contacted_at, lead.company) == (0, None, alice.company)
    assert lead.version == 2


@pytest.mark.parametrize(("name", "value"), [("status", "qualified"), ("owner", "bob")])
def test_status_and_owner_change_in_place(lead, alice, bob, signed_in, name, value):
    sent = str(bob.id) if name == "owner" else value
    answer = signed_in(alice).post(reverse(f"lead_{name}", args=[lead.id]), {name: sent}, headers=HTMX)
    assert answer.status_code == 200 and f'id="lead-{name}"' in answer.text
    lead.refresh_from_db()
    assert (bob if name == "owner" else "qualified") == getattr(lead, name)


@pytest.mark.parametrize("name", ["status", "owner"])
@pytest.mark.parametrize("value", ["nonsense", "\0"])
def test_a_status_or_owner_that_cannot_be_is_refused(lead, alice, signed_in, name, value):
    assert signed_in(alice).post(reverse(f"lead_{name}", args=[lead.id]), {name: value}).status_code == 422
    lead.refresh_from_db()
    assert lead.version == 1


def test_any_rep_records_a_wish_and_only_a_manager_takes_it_back(lead, alice, mona, signed_in):
    address = reverse("lead_do_not_contact", args=[lead.id])
    signed_in(alice).post(address, {"methods": ["sms", "call"], "reason": "Email only, please"})
    lead.refresh_from_db()
    assert lead.do_not_contact_methods == ["call", "sms"]
    assert (lead.do_not_contact_by, lead.do_not_contact_at is not None) == (alice, True)
    refused = signed_in(alice).post(address, {"methods": ["sms"], "reason": "Calls are fine"})
    assert refused.status_code == 422 and "Only a manager" in refused.text
    signed_in(mona).post(address, {})
    lead.refresh_from_db()
    assert (lead.do_not_contact_methods, lead.do_not_contact_by, lead.do_not_contact_reason) == ([], None, "")


def test_a_wish_needs_words(lead, alice, signed_in):
    answer = signed_in(alice).post(reverse("lead_do_not_contact", args=[lead.id]), {"whole": "on"})
    assert answer.status_code == 422 and "reason" in answer.context["form"].errors


def test_two_people_with_the_same_name_are_two_leads(alice, signed_in, company):
    LeadFactory(company=company, first_name="Ines", last_name="Costa")
    signed_in(alice).post(reverse("lead_new"), form_data())
    assert Lead.objects.count() == 2
