"""Staff look after companies, people and limits; the record itself they can only read."""

from __future__ import annotations

import pytest
from django.contrib import admin as django_admin
from django.urls import reverse

from crm.models import User
from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, ContactPolicy, GuardDecision
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

OURS = [
    "crm_company",
    "crm_user",
    "leads_lead",
    "outreach_contactattempt",
    "outreach_guarddecision",
    "outreach_contactpolicy",
]


@pytest.fixture
def history(lead, alice, bob) -> ContactAttempt:
    AttemptFactory(lead=lead, user=alice, subject="Quick question")
    return log_contact(
        lead_id=lead.id,
        user=bob,
        contact=Contact("email", subject="Found it"),
        reason="Sent",
        already_sent=True,
    )


@pytest.mark.parametrize("name", OURS)
def test_every_list_opens_is_searched_and_takes_the_same_queries_however_long(
    history, admin, company, alice, signed_in, name, django_assert_max_num_queries
):
    ContactPolicy.objects.create(company=company, method="email")
    for _ in range(20):
        AttemptFactory(lead=LeadFactory(company=company, owner=alice), user=alice)
    client, address = signed_in(admin), reverse(f"admin:{name}_changelist")
    with django_assert_max_num_queries(12):
        assert client.get(address).status_code == 200
    assert client.get(address, {"q": "north"}).status_code == 200


@pytest.mark.parametrize("name", ["outreach_contactattempt", "outreach_guarddecision"])
def test_the_record_can_be_read_and_neither_added_changed_nor_deleted(history, admin, signed_in, name):
    client = signed_in(admin)
    model = ContactAttempt if name.endswith("attempt") else GuardDecision
    row = model.objects.first()
    page = reverse(f"admin:{name}_change", args=[row.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"subject": "other"}).status_code == 403
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403
    assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert 'value="delete_selected"' not in client.get(reverse(f"admin:{name}_changelist")).text


@pytest.mark.parametrize("name", ["crm_company", "crm_user", "leads_lead"])
def test_what_has_history_is_never_deleted(history, admin, signed_in, name):
    model = django_admin.site._registry
    (kept,) = [m for m in model if m._meta.label_lower == name.replace("_", ".")]
    row = kept.objects.first()
    answer = signed_in(admin).post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"})
    assert answer.status_code == 403
    assert kept.objects.filter(pk=row.pk).exists()


def test_staff_add_a_user_and_deactivate_one(admin, company, alice, signed_in):
    client = signed_in(admin)
    new = {
        "email": "New@Demo.test", "company": str(company.id), "role": "rep", "first_name": "Nia", "last_name": "New",
        "usable_password": "true", "password1": "a good phrase 1", "password2": "a good phrase 1",
    }  # fmt: skip
    client.post(reverse("admin:crm_user_add"), new)
    assert User.objects.get(email="new@demo.test").company == company
    kept = {
        "email": alice.email,
        "role": "manager",
        "first_name": "Alice",
        "last_name": "Jones",
        "theme": "system",
    }
    client.post(reverse("admin:crm_user_change", args=[alice.id]), kept)
    alice.refresh_from_db()
    assert (alice.is_active, alice.role) == (False, "manager")


def test_staff_set_a_companys_limits(admin, company, signed_in):
    said = {
        "company": str(company.id),
        "method": "email",
        "cooldown_hours": "12",
        "cooldown_count": "1",
        "warning_days": "3",
    }
    signed_in(admin).post(reverse("admin:outreach_contactpolicy_add"), said)
    assert ContactPolicy.objects.get().cooldown_hours == 12
    for field, value in (
        ("cooldown_count", "0"),
        ("cooldown_hours", "-1"),
        ("warning_days", "9" * 20),
        ("method", "fax"),
    ):
        answer = signed_in(admin).post(
            reverse("admin:outreach_contactpolicy_add"), {**said, "method": "sms", field: value}
        )
        assert answer.status_code == 200 and answer.context["adminform"].form.errors
    assert ContactPolicy.objects.count() == 1


def test_reps_and_managers_do_not_enter(alice, mona, signed_in):
    for user in (alice, mona):
        assert signed_in(user).get(reverse("admin:index")).status_code == 302
