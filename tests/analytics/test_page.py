"""The dashboard: who sees what, addresses, small numbers, empty companies, and what it costs."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from outreach.models import ContactAttempt, GuardDecision
from tests.support.factories import AttemptFactory, LeadFactory, UserFactory

pytestmark = pytest.mark.django_db

PAGE, ROWS = "/analytics/", "/analytics/rows/"
HTMX = {"HX-Request": "true"}
NOBODY = "00000000-0000-0000-0000-000000000000"


def ago(**span: float):
    return timezone.now() - timedelta(**span)


def contacts(amount: int, lead, user, *, answered: int = 0, **fields) -> list[ContactAttempt]:
    """Contacts on the last days, the first so many of them answered after two hours."""
    made = []
    for number in range(amount):
        at = ago(days=1 + number % 20, hours=3)
        answer = {"responded": True, "response_at": at + timedelta(hours=2)} if number < answered else {}
        values = {"method": "email", "direction": "outbound", "user_name": user.name, **answer, **fields}
        made.append(ContactAttempt(lead=lead, company=lead.company, user=user, occurred_at=at, **values))
    return ContactAttempt.objects.bulk_create(made)


def number(text: str, code: str) -> str:
    return re.search(rf'id="kpi-{code}".*?class="kpi-number" href="[^"]*">([^<]*)', text, re.DOTALL)[1]


def test_a_rep_sees_their_own_numbers_whatever_the_address_says(lead, alice, bob, mona, signed_in):
    contacts(3, lead, alice), contacts(4, lead, bob)
    assert number(signed_in(mona).get(PAGE).text, "attempts") == "7"
    assert number(signed_in(mona).get(PAGE, {"user_id": str(bob.id)}).text, "attempts") == "4"
    text = signed_in(alice).get(PAGE).text
    assert number(text, "attempts") == "3" and "Bob" not in text and "By rep" not in text
    answer = signed_in(alice).get(PAGE, {"user_id": str(bob.id)})
    assert answer.status_code == 422 and number(answer.text, "attempts") == "3"
    for show in ("", "people", "answered"):
        rows = signed_in(alice).get(ROWS, {"user_id": str(bob.id), "show": show})
        assert {row["row"].user_id for row in rows.context["rows"]} <= {alice.id}


def test_another_company_is_not_counted_and_staff_without_one_have_no_report(lead, alice, charlie, admin, signed_in):
    contacts(3, lead, alice)
    text = signed_in(charlie).get(PAGE).text
    assert number(text, "attempts") == "0" and "No contacts in these 30 days." in text
    for path in (PAGE, ROWS):
        assert signed_in(admin).get(path).status_code == 302
    assert signed_in(admin).get("/analytics/days.csv").status_code == 404


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"from_date": "2026-02-30"}, "From: Enter a valid date."),
        ({"from_date": "2020-01-02", "to_date": "2020-01-01"}, "From: The first day is after the last."),
        ({"from_date": "1999-12-31"}, "From: Choose a day from 2000 until today."),
        ({"from_date": "2000-01-01", "to_date": "2019-01-01"}, "From: Choose at most 3,660 days."),
        ({"days": "12"}, "Days: Select a valid choice."),
        ({"method": "pigeon"}, "Method: Select a valid choice."),
        ({"user_id": "me"}, "Rep: Choose somebody in your company."),
        ({"direction": "\0"}, "Direction: "),
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_the_usual_is_shown(lead, alice, mona, signed_in, params, sentence):
    contacts(2, lead, alice)
    answer = signed_in(mona).get(PAGE, params)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert signed_in(mona).get("/analytics/days.csv", params).status_code == 422
    assert signed_in(mona).get(ROWS, params).status_code == 422


def test_filters_stay_in_every_address_of_the_page(lead, alice, mona, signed_in):
    contacts(40, lead, alice, answered=12)
    params = {"days": "7", "method": "email", "user_id": str(alice.id), "direction": "all"}
    text = signed_in(mona).get(PAGE, params, headers=HTMX).text
    assert text.startswith('<div id="report"')
    for link in re.findall(r'href="(/analytics/[^"]*)"', text):
        link = link.replace("&amp;", "&")
        assert "method=email" in link and "direction=all" in link, link
        assert signed_in(mona).get(link.split("#")[0]).status_code == 200, link


def test_a_company_without_contacts_with_one_and_with_one_method_reads_well(lead, alice, mona, signed_in):
    client = signed_in(mona)
    text = client.get(PAGE).text
    assert "No contacts in these 30 days." in text and "Look at the last 365 days" in text and "New</span>" in text
    assert "by 0" not in text and "None" not in text
    contacts(1, lead, alice, answered=1, method="call")
    text = client.get(PAGE).text
    assert number(text, "attempts") == "1" and "1 of 1, too few to judge" in text and "1 answer<" in text
    assert "too few to rank" in text and "none before" in text and "None" not in text
    contacts(35, lead, alice, answered=7, method="call")
    text = client.get(PAGE).text
    assert "8 of 36" in text and text.count("22.2 %") == 2


def test_reps_are_ranked_from_ten_contacts_and_all_of_them_come_on_demand(lead, company, mona, signed_in):
    for size in range(12):
        contacts(10, lead, UserFactory(company=company, first_name=f"Rep{size:02}"), answered=size % 10)
    few = UserFactory(company=company, first_name="Few")
    contacts(7, lead, few, answered=4)
    text = signed_in(mona).get(PAGE).text
    assert re.findall(r"Rep\d\d User</a>", text)[:2] == ["Rep09 User</a>", "Rep08 User</a>"]
    assert "Few User</a>" not in text and "Show 3 more" in text
    everybody = signed_in(mona).get(PAGE, {"all_reps": "1"}).text
    assert "too few to rank" in everybody and "4 of 7" in everybody and "Few User</a>" in everybody


@pytest.mark.parametrize("show", ["", "people"])
def test_a_row_leads_to_its_entry_however_old(lead, company, alice, signed_in, show):
    now = timezone.now()
    days = range(1, 26) if not show else [1]
    attempts = [AttemptFactory(lead=lead, user=alice, occurred_at=now - timedelta(days=day)) for day in days]
    old = attempts[-1]
    answer = signed_in(alice).get(ROWS, {"show": show})
    assert f'href="/leads/{lead.id}/?entry={old.id}#attempt-{old.id}"' in answer.text


def test_rows_come_page_by_page_each_exactly_once(lead, company, alice, mona, signed_in):
    at = ago(days=2)
    rows = [AttemptFactory.build(lead=lead, company=company, user=alice, occurred_at=at) for _ in range(112)]
    ContactAttempt.objects.bulk_create(rows)
    client, seen = signed_in(mona), []
    answer = client.get(ROWS)
    assert answer.context["total"] == 112 and "112 contacts" in answer.text
    seen += [one["row"].id for one in answer.context["rows"]]
    while answer.context["more_url"]:
        answer = client.get(answer.context["more_url"], headers=HTMX)
        seen += [one["row"].id for one in answer.context["rows"]]
    assert len(seen) == 112 and set(seen) == {row.id for row in rows}
    for place in ("x", "2026-01-01T00:00:00_x", f"0001-01-01T00:00:00+14:00_{NOBODY}", "\0"):
        assert client.get(ROWS, {"before": place}).status_code in (200, 422)


def test_prevented_counts_what_the_review_counts(lead, alice, bob, mona, signed_in):
    sent = AttemptFactory(lead=lead, user=alice, occurred_at=ago(hours=5))
    common = {"company": lead.company, "lead": lead, "user_name": "x", "method": "email", "rule": "cooldown"}
    for kind, at in (("refused", 4), ("refused", 3), ("collision", 2)):
        extra = {"attempt": sent, "reason": "sent"} if kind == "collision" else {}
        GuardDecision.objects.create(
            **common, **extra, user=bob, kind=kind, sentence="no", earlier_attempt=sent, created_at=ago(hours=at)
        )
    client = signed_in(mona)
    score = client.get("/review/").context["score"]
    total = client.get(PAGE).context["report"].guard.total
    assert total == score.numbers.total
    assert total.prevented >= 1 and total.collisions == 1
    assert client.get(ROWS, {"show": "prevented", "rule": "cooldown"}).context["total"] == total.prevented
    assert client.get(ROWS, {"show": "prevented", "rule": "recent"}).context["total"] == 0


def test_an_author_who_was_deleted_is_counted_and_can_be_opened(lead, company, mona, signed_in):
    gone = UserFactory(company=company)
    contacts(11, lead, gone, answered=11)
    gone.delete()
    text = signed_in(mona).get(PAGE).text
    assert "No longer here" in text and "too few to rank" in text
    assert signed_in(mona).get(ROWS, {"user_id": NOBODY}).context["total"] == 11


def test_a_name_that_a_spreadsheet_would_run_is_defused(lead, company, mona, signed_in):
    contacts(1, lead, UserFactory(company=company, first_name="=cmd|' /C calc'!A0", last_name=""))
    answer = signed_in(mona).get("/analytics/reps.csv")
    assert "'=cmd|' /C calc'!A0" in answer.content.decode() and answer["Content-Disposition"].startswith("attachment")
    assert signed_in(mona).get("/analytics/nothing.csv").status_code == 404


def test_the_page_takes_the_same_few_queries_however_much_there_is_and_stays_small(
    lead, company, alice, bob, mona, signed_in, django_assert_max_num_queries, django_assert_num_queries
):
    contacts(1, lead, alice, answered=1)
    client = signed_in(mona)
    with django_assert_max_num_queries(14) as few:
        client.get(PAGE)
    for method in ("email", "call", "sms", "linkedin", "other"):
        for user in (alice, bob, *(UserFactory(company=company, first_name=f"R{n}") for n in range(5))):
            contacts(25, LeadFactory(company=company), user, answered=9, method=method)
    with django_assert_num_queries(len(few)):
        text = client.get(PAGE, {"days": "90", "all_reps": "1"}).text
    assert len(gzip.compress(text.encode(), 6)) <= 60_000
    with django_assert_max_num_queries(8):
        client.get(ROWS, {"show": "first"})
