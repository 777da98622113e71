"""Signing in and out, guessing, and one's own account."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def rep(company):
    rep = UserFactory(company=company, email="rep@demo.test", first_name="Rea", last_name="Rep")
    rep.set_password(PASSWORD)
    rep.save()
    return rep


def sign_in(client: Client, email: str = "rep@demo.test", password: str = PASSWORD, **more):
    return client.post(reverse("sign_in"), {"username": email, "password": password, **more})


@pytest.mark.parametrize("email", ["rep@demo.test", "REP@Demo.test", "  rep@demo.test "])
def test_an_email_signs_in_whatever_its_case_and_lands_on_the_leads(rep, client, email):
    answer = sign_in(client, email)
    assert answer["Location"] == "/"
    assert client.get("/")["Location"] == "/leads/"


def test_wrong_password_and_unknown_email_get_the_same_answer(rep, client):
    wrong = sign_in(client, password="wrong")
    unknown = sign_in(client, email="nobody@demo.test")
    assert wrong.status_code == unknown.status_code == 200
    assert str(wrong.context["form"].errors) == str(unknown.context["form"].errors)


def test_a_deactivated_user_is_out_at_once_and_stays_out(rep, client):
    sign_in(client)
    rep.is_active = False
    rep.save()
    assert client.get("/leads/")["Location"].startswith("/sign-in/")
    assert "do not match" in sign_in(client).text


def test_five_wrong_passwords_pause_this_account_from_this_address_only(rep, client):
    for _ in range(5):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="198.51.100.7")).status_code == 302


def test_the_key_of_the_session_changes_at_sign_in(rep, client):
    client.get(reverse("sign_in"))
    before = client.cookies.get("sessionid")
    sign_in(client)
    assert client.cookies["sessionid"].value != (before.value if before else None)


def test_sign_in_leads_only_to_addresses_of_our_own(rep, client):
    assert sign_in(client, next="https://evil.example/")["Location"] == "/"
    client.post(reverse("sign_out"))
    assert sign_in(client, next="/profile/")["Location"] == "/profile/"


def test_signing_out_needs_a_post_and_ends_the_session(rep, client):
    sign_in(client)
    assert client.get(reverse("sign_out")).status_code == 405
    client.post(reverse("sign_out"))
    assert client.get("/leads/").status_code == 302


def test_a_new_password_signs_the_other_browsers_out(rep, client):
    other = Client()
    sign_in(client)
    sign_in(other)
    words = {
        "old_password": PASSWORD,
        "new_password1": "another fine phrase",
        "new_password2": "another fine phrase",
    }
    assert client.post(reverse("password_change"), words).status_code == 302
    assert client.get("/leads/").status_code == 200
    assert other.get("/leads/").status_code == 302


@pytest.mark.parametrize("bad", ["\0", "x" * 3_000, "a@b\ud800".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_odd_input_at_sign_in_is_refused_as_any_other(rep, client, bad):
    assert sign_in(client, email=bad, password=bad).status_code in (200, 429)


def test_the_profile_keeps_name_theme_and_shortcuts(alice, signed_in):
    client = signed_in(alice)
    client.post(reverse("profile"), {"first_name": "Alicia", "last_name": "Jones", "theme": "dark"})
    alice.refresh_from_db()
    assert (alice.first_name, alice.theme, alice.shortcuts) == ("Alicia", "dark", False)
    page = client.get("/leads/").text
    assert 'data-theme="dark"' in page and 'data-shortcuts="false"' in page


@pytest.mark.parametrize(
    "said",
    [{"first_name": "x" * 200, "theme": "dark"}, {"first_name": "\0", "theme": "dark"}, {"theme": "neon"}],
)
def test_a_profile_said_wrongly_changes_nothing(alice, signed_in, said):
    assert signed_in(alice).post(reverse("profile"), said).status_code == 422
    alice.refresh_from_db()
    assert (alice.first_name, alice.theme) == ("Alice", "system")


def test_a_profile_cannot_change_company_or_role(alice, charlie, signed_in):
    said = {
        "first_name": "Alice",
        "theme": "dark",
        "role": "manager",
        "company": str(charlie.company_id),
        "is_staff": "on",
    }
    signed_in(alice).post(reverse("profile"), said)
    alice.refresh_from_db()
    assert (alice.role, alice.is_staff) == ("rep", False) and alice.company_id != charlie.company_id


def test_all_is_well_is_said_without_signing_in(client, db):
    assert client.get("/healthz").json() == {"database": "ok"}


def test_who_is_signed_in_is_told_to_pages_that_may_be_older(rep, client):
    nobody = client.get(reverse("signed_in"))
    assert nobody.json()["user"] is None and nobody["Cache-Control"] == "no-store"
    sign_in(client)
    assert client.get(reverse("signed_in")).json()["user"] == str(rep.id)


def test_a_page_of_another_user_is_refused_whatever_it_asks(rep, alice, client, lead):
    sign_in(client)
    for user, status in ((rep, 200), (alice, 401)):
        assert client.get(reverse("lead", args=[lead.id]), headers={"X-Page-User": str(user.id)}).status_code == status
    said = {"method": "email", "direction": "outbound"}
    headers = {"X-Page-User": str(alice.id)}
    assert client.post(reverse("contact_new", args=[lead.id]), said, headers=headers).status_code == 401
    assert not lead.attempts.exists()


def test_signing_out_tells_the_browser_to_forget_also_when_the_login_had_ended(rep, client):
    assert "forget-typed" not in client.get(reverse("sign_in")).cookies
    assert client.post(reverse("sign_out")).cookies["forget-typed"].value == "yes"
    sign_in(client)
    assert client.post(reverse("sign_out")).cookies["forget-typed"].value == "yes"


def test_after_a_form_that_came_too_late_one_comes_back_to_its_page(client, lead):
    page = reverse("lead", args=[lead.id])
    sent_to = reverse("lead_notes", args=[lead.id])
    answer = client.post(sent_to, {"text": "x"}, headers={"Referer": f"http://testserver{page}?method=call"})
    assert answer["Location"] == "/sign-in/?next=" + quote(f"{page}?method=call", safe="")
    foreign = client.post(sent_to, {"text": "x"}, headers={"Referer": f"https://evil.example{page}"})
    assert foreign["Location"] == "/sign-in/"
