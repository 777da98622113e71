"""The list of leads: finding, filtering, ordering, paging, and whether each is safe to contact."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from leads.actions import set_do_not_contact
from leads.addresses import clean_identifiers, set_identifiers
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

LIST = "/leads/"


def names(answer) -> list[str]:
    return [row["name"] for row in answer.context["rows"]]


@pytest.fixture
def people(company, alice, bob):
    """Ada was called a minute ago, Ben 40 days ago by Alice, Cleo never."""
    now = timezone.now()
    ada = LeadFactory(company=company, first_name="Ada", last_name="Young", organization="Acme Ltd", owner=alice)
    ben = LeadFactory(company=company, first_name="Ben", last_name="Xu", organization="Brightline", status="lost")
    LeadFactory(company=company, first_name="Cleo", last_name="Weiss", organization="Zenith")
    AttemptFactory(lead=ada, user=bob, method="call", occurred_at=now - timedelta(minutes=1))
    AttemptFactory(lead=ben, user=alice, occurred_at=now - timedelta(days=40))
    set_identifiers(ada, "email", clean_identifiers("email", "Ada@Acme.example", "US"))
    set_identifiers(ben, "phone", clean_identifiers("phone", "(650) 253-0000", "US"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Ada Young", "Ben Xu", "Cleo Weiss"]),
        ({"q": "ada"}, ["Ada Young"]),
        ({"q": "YOUNG ada"}, ["Ada Young"]),
        ({"q": "bright"}, ["Ben Xu"]),
        ({"q": "ada@acme"}, ["Ada Young"]),
        ({"q": "650-253"}, ["Ben Xu"]),
        ({"q": "(650) 253 0000"}, ["Ben Xu"]),
        ({"q": "%"}, []),
        ({"status": "lost"}, ["Ben Xu"]),
        ({"method": "call"}, ["Ada Young"]),
        ({"untouched": "30"}, ["Ben Xu", "Cleo Weiss"]),
        ({"view": "mine"}, ["Ada Young"]),
        ({"view": "new"}, ["Cleo Weiss"]),
        ({"view": "waiting"}, ["Ada Young", "Ben Xu"]),
        ({"sort": "name"}, ["Cleo Weiss", "Ben Xu", "Ada Young"]),
        ({"sort": "oldest"}, ["Cleo Weiss", "Ben Xu", "Ada Young"]),
    ],
)
def test_filters_find_exactly_what_they_say(people, alice, signed_in, query, found):
    assert names(signed_in(alice).get(LIST, query)) == found


def test_leads_are_filtered_by_owner_and_by_their_wish(people, company, alice, mona, signed_in):
    shy = LeadFactory(company=company, first_name="Shy", last_name="One")
    set_do_not_contact(lead_id=shy.id, user=alice, whole=False, methods=["sms"], reason="no texts")
    client = signed_in(alice)
    assert names(client.get(LIST, {"owner": str(alice.id)})) == ["Ada Young"]
    assert names(client.get(LIST, {"do_not_contact": "yes"})) == ["Shy One"]
    assert "Shy One" not in names(client.get(LIST, {"do_not_contact": "no"}))


@pytest.mark.parametrize("sort", ["", "oldest", "count", "name"])
def test_pages_by_keyset_show_each_lead_once_in_order_and_lead_back(company, alice, signed_in, sort):
    for number in range(120):
        lead = LeadFactory(company=company, last_name=f"Same{number % 7}")
        for _ in range(number % 3):
            AttemptFactory(lead=lead, user=alice, occurred_at=timezone.now() - timedelta(days=number % 5))
    client = signed_in(alice)
    page = client.get(LIST, {"sort": sort})
    pages = [names(page)]
    ids = [row["id"] for row in page.context["rows"]]
    while page.context["next_url"]:
        page = client.get(page.context["next_url"])
        pages.append(names(page))
        ids += [row["id"] for row in page.context["rows"]]
    assert [len(found) for found in pages] == [50, 50, 20]
    assert len(set(ids)) == 120
    back = client.get(page.context["previous_url"])
    assert names(back) == pages[1]
    first = client.get(back.context["previous_url"])
    assert names(first) == pages[0] and not first.context["previous_url"]


@pytest.mark.parametrize("leads", [1, 50])
def test_the_list_takes_eight_queries_whatever_its_length(company, alice, signed_in, leads, django_assert_num_queries):
    """Session, user, owners, leads, guard, counts, reminders, unread notes."""
    for _ in range(leads):
        AttemptFactory(lead=LeadFactory(company=company, owner=alice), user=alice)
    client = signed_in(alice)
    with django_assert_num_queries(8):
        client.get(LIST)


def test_each_row_says_whether_it_is_safe_to_contact(company, alice, bob, signed_in):
    now = timezone.now()
    cases = {
        "Clear": [],
        "Cooling": [("email", timedelta(hours=2))],
        "Warned": [("linkedin", timedelta(days=2))],
        "Older": [("email", timedelta(days=8))],
    }
    for name, contacts in cases.items():
        lead = LeadFactory(company=company, first_name=name, last_name="")
        for method, length in contacts:
            AttemptFactory(lead=lead, user=bob, method=method, occurred_at=now - length)
    answered = LeadFactory(company=company, first_name="Answered", last_name="")
    AttemptFactory(lead=answered, user=alice, occurred_at=now - timedelta(hours=3), responded=True, response_at=now)
    rows = {row["name"]: row for row in signed_in(alice).get(LIST).context["rows"]}
    assert (rows["Clear"]["safe"]["state"], rows["Clear"]["safe"]["words"]) == ("clear", "All clear")
    assert rows["Cooling"]["safe"]["state"] == "block" and "Email cooling until" in rows["Cooling"]["safe"]["words"]
    assert (rows["Warned"]["safe"]["state"], rows["Warned"]["safe"]["words"]) == ("warn", "Bob wrote 2 days ago")
    assert "email" in [state.method for state in rows["Warned"]["clear"]]
    assert rows["Older"]["safe"]["state"] == "clear"
    assert rows["Answered"]["safe"]["words"] == "Yours to answer"


def test_a_list_re_reads_the_rows_it_shows_and_no_others(company, alice, charlie, signed_in):
    mine, foreign = LeadFactory(company=company), LeadFactory(company=charlie.company)
    text = signed_in(alice).get("/leads/rows/", {"ids": f"{mine.id},{foreign.id},nonsense,"}).text
    assert f'id="row-{mine.id}"' in text and str(foreign.id) not in text


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\0"}, {"q": "x" * 300}, {"status": "x"}, {"owner": "x"}, {"owner": "9" * 40}, {"untouched": "-1"},
        {"untouched": "9" * 30}, {"sort": "x"}, {"view": "x"}, {"after": "x"}, {"before": "\0"}, {"after": "W10="},
        {"after": "WyJhIiwgImIiXQ"}, {"after": "🦊"}, {"sort": "count", "after": "WzFlOTk5LCAieCJd"},
        {"sort": "name", "after": "WyJcdWQ4MDAiLCAiYSIsICJiIl0"}, {"after": "W" * 5000}, {"q": "a b c d e f g h i j"},
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_never_an_error_of_ours(people, alice, signed_in, query):
    assert signed_in(alice).get(LIST, query).status_code in (200, 422)


def test_a_filter_that_cannot_be_read_is_named_and_left_out(lead, alice, signed_in):
    for name, label in (("status", "Status"), ("owner", "Owner"), ("untouched", "Not contacted in"), ("view", "View")):
        answer = signed_in(alice).get(LIST, {name: "nonsense"})
        assert answer.status_code == 422
        assert f'id="problem-{name}"' in answer.text and f"<span>{label}: " in answer.text
        assert "This filter is left out." in answer.text and lead.name in answer.text


def test_staff_without_a_company_are_sent_to_the_administration(admin, signed_in):
    assert signed_in(admin).get(LIST)["Location"] == "/admin/"
