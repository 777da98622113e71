"""Personal tokens: made and shown once, and they open the door only for as long as their user may come in."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.login.tokens import MOST_LIVE, create_token
from crm.models import ApiToken, Role, User
from tests.support.api import ROOT, Tool, assert_problem
from tests.support.factories import AttemptFactory, CompanyFactory

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"tandem_[0-9a-f]{48}")
FORM = {"name": "Mail add-on", "scope": "write", "days": "90"}


def test_a_token_made_on_the_profile_page_is_shown_once_and_works(alice, signed_in):
    page = signed_in(alice)
    made = page.post(reverse("token_create"), FORM)
    (secret,) = set(SECRET.findall(made.text))
    assert made.status_code == 201 and made["Cache-Control"] == "no-store"
    listed = page.get(reverse("profile")).text
    assert "Mail add-on" in listed and secret[:11] in listed and "never used" in listed
    assert secret not in listed
    answer = Client().get(f"{ROOT}/leads", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert "used" in page.get(reverse("profile")).text and "never used" not in page.get(reverse("profile")).text


def test_the_secret_is_stored_as_its_hash_only(alice):
    token, secret = create_token(user=alice, name="A")
    row = ApiToken.objects.filter(pk=token.pk).values().get()
    assert all(secret[11:] not in str(value) for value in row.values())


@pytest.mark.parametrize(
    ("said", "field"), [({"name": " "}, "name"), ({"scope": "all"}, "scope"), ({"days": "9000"}, "days")]
)
def test_a_form_that_is_wrong_comes_back_with_what_was_typed(alice, signed_in, said, field):
    answer = signed_in(alice).post(reverse("token_create"), {**FORM, **said})
    assert answer.status_code == 422
    assert f'id="token_{field}_error"' in answer.text
    assert not ApiToken.objects.exists()


def test_nobody_has_more_tokens_than_they_can_keep_account_of(alice, signed_in):
    for number in range(MOST_LIVE):
        create_token(user=alice, name=f"Token {number}")
    answer = signed_in(alice).post(reverse("token_create"), FORM)
    assert answer.status_code == 422 and "Revoke one" in answer.text


def test_only_its_owner_revokes_a_token_and_it_ends_at_once(alice, mona, signed_in):
    tool = Tool(alice)
    address = reverse("token_revoke", args=[tool.token.id])
    assert signed_in(mona).post(address).status_code == 404
    assert tool.get("/leads").status_code == 200
    assert signed_in(alice).post(address, follow=True).status_code == 200
    assert tool.get("/leads").status_code == 401
    assert tool.token.hint not in signed_in(alice).get(reverse("profile")).text


def test_the_command_prints_a_token(alice):
    out = StringIO()
    call_command("api_token", "Alice@demo.test", "--name", "Dialer", "--scope", "read", "--days", "7", stdout=out)
    assert SECRET.fullmatch(out.getvalue().strip())
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scope) == (alice, "Dialer", "read")
    assert timedelta(days=6, hours=23) < token.expires_at - timezone.now() <= timedelta(days=7)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody@demo.test"], "Nobody here"),
        (["alice@demo.test", "--days", "0"], "1 to 365"),
        (["admin@demo.test"], "company"),
    ],
)
def test_the_command_says_why_it_cannot(alice, admin, arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("api_token", *arguments)


def end_by(name: str, user: User, tool: Tool) -> None:
    if name == "deactivation":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif name == "role":
        User.objects.filter(pk=user.pk).update(role=Role.MANAGER)
    elif name == "company":
        User.objects.filter(pk=user.pk).update(company=CompanyFactory())
    elif name == "password":
        user.set_password("another-long-password")
        user.save()
    else:
        ApiToken.objects.filter(pk=tool.token.pk).update(expires_at=timezone.now())


@pytest.mark.parametrize("name", ["deactivation", "role", "company", "password", "expiry"])
def test_a_token_ends_with(alice, name):
    tool = Tool(alice)
    end_by(name, alice, tool)
    answer = tool.get("/leads")
    assert_problem(answer, 401, "unauthenticated")
    # And it does not come back to life with its user.
    User.objects.filter(pk=alice.pk).update(is_active=True, role=Role.REP)
    assert tool.get("/leads").status_code == 401


def test_a_new_hash_of_the_same_password_ends_nothing(alice, settings):
    alice.set_password("a-long-password")
    alice.save()
    tool = Tool(alice)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    assert User.objects.get(pk=alice.pk).check_password("a-long-password")
    assert User.objects.get(pk=alice.pk).password.startswith("pbkdf2")
    assert tool.get("/leads").status_code == 200


def test_a_token_that_may_only_read_does_not_write_but_asks(alice, lead):
    tool = Tool(alice, scope="read")
    attempt = AttemptFactory(lead=lead, user=alice)
    for answer in (
        tool.post(f"/leads/{lead.id}/contacts", {"method": "call"}),
        tool.patch(f"/contacts/{attempt.id}/responded", {"responded": True}),
        tool.post("/leads", {"last_name": "New"}),
        tool.patch(f"/leads/{lead.id}", {"last_name": "New"}),
        tool.post("/contacts/check", {"lead_id": str(lead.id), "method": "call", "claim": True}),
    ):
        assert_problem(answer, 403, "read_only_token")
    assert tool.post("/contacts/check", {"lead_id": str(lead.id), "method": "call"}).status_code == 200
    assert tool.get(f"/leads/{lead.id}").status_code == 200


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer ", "Bearer tandem_0", "Basic YTpi", "tandem_x", "Bearer \xff"])
def test_what_is_no_token_is_a_401_even_beside_a_good_session(alice, signed_in, said):
    answer = signed_in(alice).get(f"{ROOT}/leads", headers={"Authorization": said})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_without_anything_it_is_a_401_and_no_way_to_the_login_page(client):
    for path in ("/leads", f"/leads/{uuid4()}", "/policy"):
        assert client.get(ROOT + path).json()["code"] == "unauthenticated"


def test_a_session_reads_and_with_its_csrf_token_writes(alice, lead, signed_in):
    page = signed_in(alice, enforce_csrf_checks=True)
    assert page.get(f"{ROOT}/leads/{lead.id}").status_code == 200
    address, said = f"{ROOT}/leads/{lead.id}/contacts", {"method": "call"}
    refused = page.post(address, said, content_type="application/json")
    assert_problem(refused, 403, "csrf_failed")
    page.get(reverse("profile"))
    token = page.cookies["csrftoken"].value
    logged = page.post(address, said, content_type="application/json", headers={"X-CSRFToken": token})
    assert logged.status_code == 201


def test_staff_without_a_company_have_nothing_here(admin, signed_in):
    assert signed_in(admin).get(f"{ROOT}/leads").json()["code"] == "no_company"
    with pytest.raises(ValidationError):
        create_token(user=admin, name="A")


def test_calls_are_counted_for_each_token_and_the_limit_says_when_to_go_on(alice, bob, settings):
    settings.API_CALLS_PER_MINUTE = 2
    tool = Tool(alice)
    # Not at the end of a minute, or the count begins anew.
    first = tool.get("/policy")
    assert first["RateLimit-Policy"] == '"minute";q=2;w=60'
    left, seconds = re.fullmatch(r'"minute";r=(\d+);t=(\d+)', first["RateLimit"]).groups()
    assert int(left) == 1 and 0 < int(seconds) <= 60
    answers = [tool.get("/policy") for _ in range(4)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 1
    assert refused[0].json()["code"] == "rate_limited" and 0 < int(refused[0]["Retry-After"]) <= 60
    assert Tool(alice).get("/policy").status_code == Tool(bob).get("/policy").status_code == 200


def test_a_call_costs_one_statement_for_token_user_company_and_count(alice, django_assert_num_queries):
    tool = Tool(alice)
    tool.get("/policy")
    with django_assert_num_queries(3):
        tool.get("/policy")


def test_the_database_refuses_a_token_of_one_company_for_a_user_of_another(alice):
    with pytest.raises(IntegrityError, match="crm_apitoken_user_id_of_company"):
        ApiToken.objects.create(
            company=CompanyFactory(), user=alice, name="A", digest="x", hint="x", expires_at=timezone.now()
        )
