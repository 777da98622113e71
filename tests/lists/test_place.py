"""Where a page stands in the whole list, and what moved past it meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

LIST, WALK = "/leads/", "/leads/walk/"


@pytest.fixture
def leads(company, alice) -> list:
    """120 leads, the first contacted last, every second one of Alice."""
    made = [
        LeadFactory(company=company, last_name=f"Nr{n:03}", owner=None if n % 2 else alice, source="Fair")
        for n in range(120)
    ]
    now = timezone.now()
    for number, lead in enumerate(made):
        AttemptFactory(lead=lead, user=alice, occurred_at=now - timedelta(days=9, minutes=number))
    return made


@pytest.mark.parametrize("query", [{}, {"sort": "oldest"}, {"sort": "count"}, {"sort": "name"}, {"q": "Nr"}])
def test_each_page_says_which_of_all_leads_it_shows_forwards_and_back(leads, alice, signed_in, query):
    client = signed_in(alice)
    page, words = client.get(LIST, query), []
    words.append(page.context["page_words"])
    while page.context["next_url"]:
        page = client.get(page.context["next_url"])
        words.append(page.context["page_words"])
        assert page.context["moved"] == 0
    assert words == ["1 to 50 of 120", "51 to 100 of 120", "101 to 120 of 120"]
    for expected in ("51 to 100 of 120", "1 to 50 of 120"):
        page = client.get(page.context["previous_url"])
        assert page.context["page_words"] == expected


def test_within_a_view_and_a_filter_the_place_counts_only_what_they_show(leads, alice, signed_in):
    client = signed_in(alice)
    second = client.get(client.get(LIST, {"view": "mine", "q": "Nr"}).context["next_url"])
    assert second.context["page_words"] == "51 to 60 of 60"


def test_what_moved_to_an_earlier_page_since_is_said(leads, alice, bob, signed_in):
    client = signed_in(alice)
    next_url = client.get(LIST).context["next_url"]
    for lead in (leads[70], leads[110], leads[3]):  # the last stood before this page all the time
        AttemptFactory(lead=lead, user=bob)
    second = client.get(next_url)
    assert second.context["moved"] == 2
    assert "Meanwhile 2 leads moved to an earlier page." in second.text
    assert second.context["page_words"] == "53 to 102 of 120"


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "٣", "1e3"])
def test_how_many_were_seen_before_is_believed_only_if_it_is_a_number(leads, alice, signed_in, seen):
    client = signed_in(alice)
    place = client.get(LIST).context["next_url"].split("after=")[1].split("&")[0]
    assert client.get(LIST, {"after": place, "seen": seen}).context["moved"] == 0


def test_the_walk_names_the_same_leads_as_the_page(leads, alice, signed_in):
    client = signed_in(alice)
    url = client.get(LIST, {"view": "mine"}).context["next_url"]
    page, walk = client.get(url), client.get(url.replace(LIST, WALK)).json()
    assert walk["url"] == url
    assert walk["ids"] == [str(row["id"]) for row in page.context["rows"]]
    assert (walk["first"], walk["total"], walk["moved"]) == (51, 60, 0)
    assert (walk["next"], walk["previous"]) == (page.context["next_url"], page.context["previous_url"])


def test_the_walk_is_through_the_own_company(leads, charlie, signed_in):
    own = LeadFactory(company=charlie.company)
    walk = signed_in(charlie).get(WALK).json()
    assert (walk["ids"], walk["total"]) == ([str(own.id)], 1)


def test_the_walk_takes_four_queries(leads, alice, signed_in, django_assert_num_queries):
    """Session, user, leads, counts."""
    client = signed_in(alice)
    url = client.get(LIST).context["next_url"].replace(LIST, WALK)
    with django_assert_num_queries(4):
        client.get(url)


def test_a_later_page_of_the_list_takes_no_more_queries_than_the_first(
    leads, alice, signed_in, django_assert_num_queries
):
    client = signed_in(alice)
    url = client.get(LIST).context["next_url"]
    with django_assert_num_queries(8):
        client.get(url)
