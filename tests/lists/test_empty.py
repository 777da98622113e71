"""A list without leads says why, and what to do."""

from __future__ import annotations

import pytest

from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

LIST = "/leads/"


def said(client, **query) -> tuple[str, list[str]]:
    """The sentence, and what the buttons under it offer."""
    empty = client.get(LIST, query).context["empty"]
    ways = {"first": empty.show_first, "view": empty.show_view, "all": empty.show_all, "new": empty.make_new}
    return empty.words, [name for name, offered in ways.items() if offered]


@pytest.mark.parametrize("query", [{}, {"view": "reminders"}, {"view": "mine"}, {"q": "Dana"}, {"status": "lost"}])
def test_a_company_without_leads_has_none_in_any_view(company, alice, signed_in, query):
    assert said(signed_in(alice), **query) == ("No leads yet. Create the first one.", ["new"])


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("reminders", "You have no reminders. Where a contact is refused, the dialog offers one."),
        ("mine", "No lead is yours. A lead’s page names its owner."),
        ("waiting", "Everybody we contacted has replied."),
        ("untouched", "Every lead was contacted in the last 30 days."),
        ("new", "Every lead has been contacted."),
    ],
)
def test_each_view_says_what_it_has_none_of_and_makes_no_new_lead(company, alice, bob, signed_in, view, words):
    AttemptFactory(lead=LeadFactory(company=company, owner=bob), user=bob, direction="inbound")
    assert said(signed_in(alice), view=view) == (words, ["all"])


def test_a_search_names_what_it_did_not_find(company, alice, signed_in):
    LeadFactory(company=company, owner=alice)
    client = signed_in(alice)
    assert said(client, q="danna tehc") == ("No lead matches “danna tehc”.", ["all", "new"])
    assert said(client, q="danna tehc", status="lost") == ("No lead matches these filters.", ["all"])
    assert said(client, status="lost") == ("No lead matches these filters.", ["all"])


def test_filters_within_a_view_lead_back_to_the_view_if_it_holds_any(company, alice, signed_in):
    LeadFactory(company=company, owner=alice)
    client = signed_in(alice)
    assert said(client, view="mine", status="lost") == ("No lead matches these filters.", ["view", "all"])
    assert 'href="/leads/?view=mine">Show all in “Mine”</a>' in client.get(LIST, {"view": "mine", "q": "x"}).text
    assert said(client, view="reminders", status="lost") == ("No lead matches these filters.", ["all"])


def test_a_page_past_the_end_is_not_an_empty_list(company, alice, signed_in):
    for _ in range(51):
        LeadFactory(company=company, owner=alice)
    client = signed_in(alice)
    second = client.get(LIST, {"view": "mine"}).context["next_url"]
    company.leads.filter(pk=client.get(second).context["rows"][0]["id"]).update(owner=None)
    page = client.get(second)
    assert page.context["empty"].words == "Nothing is left on this page. Its leads moved meanwhile."
    assert 'href="/leads/?view=mine">Go to the first page</a>' in page.text
