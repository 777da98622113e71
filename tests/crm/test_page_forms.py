"""The ordinary forms: what is wrong has the focus, help belongs to its field, and nothing is called optional twice."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def focused(page: str) -> list[str]:
    """The names of the fields that ask for the focus."""
    fields = re.findall(r"<(?:input|textarea|select)[^>]*autofocus[^>]*>", page)
    return [name for field in fields for name in re.findall(r'name="([^"]*)"', field)]


@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("password_change", {"old_password": "nonsense", "new_password1": "a", "new_password2": "b"}, "old_password"),
        ("profile", {"first_name": "x" * 200, "theme": "auto"}, "first_name"),
        ("profile", {"first_name": "Mona", "last_name": "x" * 200, "theme": "auto"}, "last_name"),
        ("lead_do_not_contact", {"whole": "on"}, "reason"),
        ("lead_new", {"status": "new", "website": "not a site"}, "last_name"),
        ("policy", {"email_cooldown_count": "1", "email_cooldown_hours": "-1"}, "email_cooldown_hours"),
    ],
)
def test_a_form_that_is_sent_back_has_the_focus_on_its_first_wrong_field(lead, mona, signed_in, name, data, field):
    mona.set_password("correct horse battery")
    mona.save()
    address = reverse(name, args=[lead.id] if name == "lead_do_not_contact" else [])
    assert focused(signed_in(mona).post(address, data).text) == [field]


def test_the_rules_of_a_password_are_inside_what_describes_its_field(alice, signed_in):
    page = signed_in(alice).get(reverse("password_change")).text
    assert re.search(r'<div class="help" id="id_new_password1_helptext"><ul>.*?</ul></div>', page, flags=re.DOTALL)


def test_the_own_name_may_be_filled_in_by_the_browser_and_is_not_called_optional_twice(alice, signed_in):
    page = signed_in(alice).get(reverse("profile")).text
    assert 'autocomplete="given-name"' in page and 'autocomplete="family-name"' in page
    assert 'class="optional"' not in page


def test_a_wish_has_room_for_a_sentence_and_is_kept_on_one_line(lead, alice, signed_in):
    address = reverse("lead_do_not_contact", args=[lead.id])
    page = signed_in(alice).get(address).text
    assert '<textarea name="reason"' in page and "optional" not in page
    signed_in(alice).post(address, {"whole": "on", "reason": " Please stop.\r\nI mean it. "})
    lead.refresh_from_db()
    assert lead.do_not_contact_reason == "Please stop. I mean it."
