"""The policy page: everybody reads the limits, managers change them, and every change is told."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from crm.models import Role
from outreach.models import CompanyPolicy, ContactPolicy, ContactPolicyEvent
from outreach.policies.form import initial
from outreach.policies.history import read_history
from outreach.policies.policy import BOUNDS, DEFAULTS, MethodLimits, Policy, PolicyChanged, read_policy, set_policy
from tests.support.factories import AttemptFactory, UserFactory
from tests.support.live import LIST, login, opened, page_of, run

pytestmark = pytest.mark.django_db

PAGE = "/policy/"


def email(hours: int, count: int = 1, days: int = 7, base: Policy = DEFAULTS) -> Policy:
    return replace(base, methods={**base.methods, "email": MethodLimits(hours, count, days)})


def typed(policy: Policy = DEFAULTS, **fields: object) -> dict[str, object]:
    """What the form sends."""
    return {**initial(policy), "act": "save", **fields}


def history_words(company) -> list[list[str]]:
    return [[change.words for change in entry.changes] for entry in read_history(company)]


def test_a_company_without_rows_has_the_defaults(company):
    assert read_policy(company) == DEFAULTS
    assert ContactPolicy.objects.count() == CompanyPolicy.objects.count() == 0


def test_only_what_differs_is_written_and_says_who_wrote_it(company, mona):
    done = set_policy(user=mona, policy=replace(email(12), claim_minutes=10))
    assert [change.words for change in done] == [
        "Email: 1 per 12 h, was 1 per 24 h",
        "Shown as writing: 10 minutes, was 5 minutes",
    ]
    row, whole = ContactPolicy.objects.get(), CompanyPolicy.objects.get()
    assert (row.method, row.cooldown_hours, row.changed_by, row.changed_by_name) == ("email", 12, mona, "Mona Fischer")
    assert (whole.claim_minutes, whole.changed_by) == (10, mona)
    assert read_policy(company) == replace(email(12), claim_minutes=10)
    assert set_policy(user=mona, policy=read_policy(company)) == []
    assert not ContactPolicyEvent.objects.exists()


def test_a_policy_is_one_companys_own(company, mona, charlie):
    set_policy(user=mona, policy=email(1))
    assert read_policy(charlie.company) == DEFAULTS
    assert read_history(charlie.company) == []


def test_the_first_row_begins_when_the_database_wrote_it_whatever_the_clock_of_the_application(mona, monkeypatch):
    """Until then the defaults held: an earlier beginning would open what they had closed."""
    before = timezone.now()
    field = ContactPolicy._meta.get_field("created_at")
    monkeypatch.setattr(field, "_get_default", lambda: before - timedelta(days=3))
    set_policy(user=mona, policy=email(1))
    assert ContactPolicy.objects.get().created_at >= before - timedelta(seconds=1)


@pytest.mark.django_db(transaction=True)  # audit rows bear the time their transaction began
def test_history_tells_who_changed_what_from_what_newest_first(company, mona):
    set_policy(user=mona, policy=email(12))
    other = UserFactory(company=company, first_name="Max", last_name="Roth", role=Role.MANAGER)
    set_policy(user=other, policy=replace(email(0, days=0), organization_warns=True, similarity_percent=80))
    told = read_history(company)
    assert [entry.user_name for entry in told] == ["Max Roth", "Mona Fischer"]
    assert sorted(history_words(company)[0]) == [
        "Email, asks for a reason within: never, was 7 days",
        "Email: no limit, was 1 per 12 h",
        "Same organization: a reason within 14 days, was a note within 14 days",
        "Similar messages: 80 %, was 60 %",
    ]
    assert history_words(company)[1] == ["Email: 1 per 12 h, was 1 per 24 h"]


def test_history_survives_the_policy_going_back_and_forth(company, mona):
    for hours in (12, 24, 12, 48):
        set_policy(user=mona, policy=email(hours))
    words = [change for entry in history_words(company) for change in entry]
    assert sorted(words) == [
        "Email: 1 per 12 h, was 1 per 24 h",
        "Email: 1 per 12 h, was 1 per 24 h",
        "Email: 1 per 24 h, was 1 per 12 h",
        "Email: 1 per 48 h, was 1 per 12 h",
    ]


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_numbers_out_of_bounds_are_refused_by_the_verb_each_by_its_name(mona, name):
    low, high = BOUNDS[name]
    field = name if name in DEFAULTS.values else f"sms_{name}"
    for wrong in (low - 1, high + 1):
        with pytest.raises(ValidationError) as refused:
            set_policy(user=mona, policy=Policy.of({**DEFAULTS.values, field: wrong}))
        assert refused.value.message_dict == {field: [f"Use a whole number from {low:,} to {high:,}."]}
    for right in (low, high):
        set_policy(user=mona, policy=Policy.of({**DEFAULTS.values, field: right}))


def test_reps_and_staff_change_nothing(alice, admin):
    for user in (alice, admin):
        with pytest.raises(PermissionDenied):
            set_policy(user=user, policy=email(1))


def test_a_change_by_somebody_else_in_between_is_refused(mona):
    seen = DEFAULTS.version
    set_policy(user=mona, policy=email(12), seen=seen)
    with pytest.raises(PolicyChanged) as refused:
        set_policy(user=mona, policy=email(6), seen=seen)
    assert refused.value.current == email(12)


@pytest.mark.django_db(transaction=True)
def test_every_open_page_of_the_company_learns_of_a_change_and_no_other(lead, alice, mona, charlie):
    alices, rivals = login(alice), login(charlie)

    async def scenario() -> None:
        async with opened(page_of(lead), alices) as page, opened(LIST, alices) as own, opened(LIST, rivals) as other:
            await run(set_policy, user=mona, policy=DEFAULTS)
            await run(set_policy, user=mona, policy=email(12))
            assert await page.frame() == await own.frame() == {"event": "policy:changed"}
            assert await page.receive_nothing() and await other.receive_nothing()

    async_to_sync(scenario)()


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_save_at_once_one_is_asked_again(company, mona):
    start, outcomes = threading.Barrier(2), []

    def save(hours: int) -> None:
        start.wait()
        try:
            outcomes.append(set_policy(user=mona, policy=email(hours), seen=DEFAULTS.version))
        except PolicyChanged as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[hours]) for hours in (6, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["PolicyChanged", "list"]
    assert ContactPolicy.objects.count() == 1


def test_the_page_shows_the_limits_and_who_changed_them(company, mona, alice, signed_in):
    set_policy(user=mona, policy=email(48, count=2))
    for user, said in ((mona, "Last changed by you today"), (alice, "Last changed by Mona Fischer today")):
        text = signed_in(user).get(PAGE).text
        assert "2 per 48 h" in text and "no limit" in text and "a note within 14 days" in text
        assert "Email: 2 per 48 h, was 1 per 24 h" in text
        assert said in " ".join(text.split())


def test_reps_read_the_policy_without_a_form_and_may_neither_change_nor_preview_it(company, alice, signed_in):
    client = signed_in(alice)
    assert "policy-form" not in client.get(PAGE).text
    assert client.post(PAGE, typed(email_cooldown_hours=1)).status_code == 403
    assert client.get(reverse("policy_preview"), typed()).status_code == 403
    assert read_policy(company) == DEFAULTS


def test_nobody_reads_it_without_signing_in_and_staff_have_none(client, admin, signed_in):
    assert client.get(PAGE).status_code == 302
    assert signed_in(admin).get(PAGE)["Location"] == reverse("admin:index")
    assert signed_in(admin).get(reverse("policy_preview")).status_code == 403


def test_managers_have_it_in_the_bar_and_reps_in_their_menu(alice, mona, signed_in):
    assert signed_in(mona).get("/leads/").text.count('href="/policy/"') == 3
    assert signed_in(alice).get("/leads/").text.count('href="/policy/"') == 2


@pytest.mark.parametrize("changes", [0, 30])
def test_the_page_takes_ten_queries_however_often_it_was_changed(
    company, mona, lead, signed_in, changes, django_assert_num_queries
):
    """Session, user, two of limits, four of history, reps, and one of what the bar counts."""
    for hours in range(1, changes + 1):
        set_policy(user=mona, policy=replace(email(hours), claim_minutes=hours))
        AttemptFactory(lead=lead, user=mona)
    client = signed_in(mona)
    with django_assert_num_queries(10):
        client.get(PAGE)


def test_saving_without_javascript_comes_back_to_the_page_and_says_what_changed(company, mona, signed_in):
    client = signed_in(mona)
    answer = client.post(PAGE, typed(email_cooldown_hours=12, organization_warns="1"), follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "Saved. Email: 1 per 12 h, was 1 per 24 h; Same organization: a reason" in answer.text
    assert read_policy(company) == replace(email(12), organization_warns=True)
    assert "Nothing was changed." in client.post(PAGE, typed(read_policy(company)), follow=True).text


def test_no_hours_are_no_limit_and_the_form_never_says_one_per_nothing(company, mona, signed_in):
    client = signed_in(mona)
    text = " ".join(client.get(PAGE).text.split())
    assert 'value="0" name="call_cooldown_hours"' not in text and 'placeholder="No limit"' in text
    assert "Calls without limit" in text and "per 0 h" not in text
    assert "1 email per hour" in client.post(PAGE, typed(email_cooldown_hours=1, act="preview")).text
    client.post(PAGE, typed(email_cooldown_hours=""))
    assert read_policy(company).methods["email"].cooldown_hours == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email_cooldown_hours", "8761"),
        ("email_cooldown_hours", "-1"),
        ("call_cooldown_count", "0"),
        ("sms_warning_days", "a week"),
        ("sms_warning_days", ""),
        ("sms_warning_days", "9" * 400),
        ("sms_warning_days", "1\x00"),
        ("similarity_percent", "29"),
        ("claim_minutes", "61"),
        ("organization_days", "1.5"),
        ("organization_warns", "perhaps"),
    ],
)
def test_a_bad_number_is_named_at_its_field_and_nothing_typed_is_lost(company, mona, signed_in, field, value):
    said = typed(linkedin_cooldown_hours=36) | {field: value}
    for act in ("save", "preview"):
        answer = signed_in(mona).post(PAGE, said | {"act": act})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert 'value="36"' in answer.text
        assert answer.context["form"][field].value() == value
    assert read_policy(company) == DEFAULTS


def test_a_change_in_between_comes_back_with_both_values_and_what_was_typed(company, mona, signed_in):
    client = signed_in(mona)
    stale = typed(email_cooldown_hours=6, claim_minutes=9)
    max_ = UserFactory(company=company, first_name="Max", last_name="Roth", role=Role.MANAGER)
    set_policy(user=max_, policy=replace(email(12), similarity_percent=80))
    answer = client.post(PAGE, stale)
    assert answer.status_code == 409
    text = " ".join(answer.text.split())
    assert "Max Roth has changed the policy since you opened this page" in text
    assert "Email: 1 per 12 h, was 1 per 24 h" in text  # theirs
    assert "Email: 1 per 6 h, was 1 per 12 h" in text  # mine over theirs
    form = answer.context["form"]
    assert (form["email_cooldown_hours"].value(), form["claim_minutes"].value()) == (6, 9)
    assert form["similarity_percent"].value() == 80  # what was not touched is theirs
    assert read_policy(company) == replace(email(12), similarity_percent=80)
    again = {name: form[name].value() for name in form.fields} | {"act": "save"}
    assert client.post(PAGE, again).status_code == 302
    assert read_policy(company) == replace(email(6), similarity_percent=80, claim_minutes=9)


@pytest.mark.parametrize("version", ["", "nonsense", "1-2-3", "24" * 300, "٣-" * 18 + "1"])
def test_a_form_that_does_not_say_what_it_saw_is_asked_again(company, mona, signed_in, version):
    answer = signed_in(mona).post(PAGE, typed(email_cooldown_hours=6, version=version))
    assert answer.status_code in (409, 422)
    assert read_policy(company) == DEFAULTS


def test_the_form_says_what_the_numbers_mean(mona, signed_in):
    text = " ".join(signed_in(mona).post(PAGE, typed(email_cooldown_hours=12, act="preview")).text.split())
    assert "1 email per 12 h, was 1 per 24 h; asks for a reason within 7 days." in text
    assert "Calls without limit; asks for a reason within 7 days." in text


def test_staff_change_limits_by_name_and_delete_none(company, admin, signed_in):
    client = signed_in(admin)
    said = {"company": str(company.id), "method": "email", "cooldown_hours": "12", "cooldown_count": "1"}
    client.post(reverse("admin:outreach_contactpolicy_add"), said | {"warning_days": "7"})
    row = ContactPolicy.objects.get()
    assert (row.changed_by, row.changed_by_name) == (admin, admin.name)
    page = reverse("admin:outreach_contactpolicy_change", args=[row.pk])
    client.post(page, {"method": "sms", "cooldown_hours": "6", "cooldown_count": "1", "warning_days": "7"})
    row.refresh_from_db()
    assert (row.method, row.cooldown_hours) == ("email", 6)
    whole = {"organization_days": "7", "similarity_percent": "60", "claim_minutes": "5"}
    client.post(reverse("admin:outreach_companypolicy_add"), whole | {"company": str(company.id)})
    assert CompanyPolicy.objects.get().changed_by == admin
    assert len(history_words(company)) >= 1
    for name, pk in (("contactpolicy", row.pk), ("companypolicy", CompanyPolicy.objects.get().pk)):
        answer = client.post(reverse(f"admin:outreach_{name}_delete", args=[pk]), {"post": "yes"})
        assert answer.status_code == 403
        assert 'value="delete_selected"' not in client.get(reverse(f"admin:outreach_{name}_changelist")).text
