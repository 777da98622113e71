"""The timeline in blocks, by its addresses: filters, days, entries, and blocks read again between their boundaries."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.pages.keyset import End
from leads.addresses import clean_identifiers, set_identifiers
from leads.models import Lead
from outreach.contacts.summary import rebuild_summaries
from outreach.models import ContactAttempt
from outreach.page import timeline as timeline_page
from outreach.page.blocks import BlockReader
from outreach.page.lead import get_lead
from tests.support.days import noon
from tests.support.factories import AttemptFactory, LeadFactory

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=1)
HTMX = {"HX-Request": "true"}
WHOLE = {**HTMX, "HX-Target": "timeline"}


def calls_of(lead: Lead, user, amount: int, **fields) -> list[ContactAttempt]:
    """A call on each of so many days, newest first, at noon of the company."""
    calls = [
        ContactAttempt(
            lead=lead, company=lead.company, user=user, user_name=user.name,
            **{"method": "call", "direction": "outbound", "subject": f"Call {day:04}", **fields},
            occurred_at=noon(lead.company, days_ago=day),
        )
        for day in range(1, amount + 1)
    ]  # fmt: skip
    ContactAttempt.objects.bulk_create(calls)
    rebuild_summaries([lead.id])
    return calls


def shown(answer) -> list[str]:
    return [entry.subject for entry in answer.context["timeline"].entries]


def asked(block) -> str:
    """The block as a page that has it asks for it again."""
    return f"{block.before}~{block.until}"


def test_blocks_read_again_in_any_order_are_the_page_as_it_would_be_now(lead, alice, bob, signed_in):
    calls = calls_of(lead, bob, 130)
    client, address = signed_in(alice), reverse("lead_timeline", args=[lead.id])
    timeline = client.get(reverse("lead", args=[lead.id])).context["timeline"]
    blocks = timeline.blocks
    while blocks[-1].older_url:
        blocks += client.get(blocks[-1].older_url, headers=HTMX).context["timeline"].blocks
    assert [len(block.entries) for block in blocks] == [20, 40, 40, 30]
    AttemptFactory(lead=lead, user=bob, method="sms", subject="New")
    between = calls[75].occurred_at + timedelta(hours=1)
    AttemptFactory(lead=lead, user=bob, method="sms", subject="Late", occurred_at=between)
    AttemptFactory(lead=lead, user=bob, method="sms", subject="First", occurred_at=noon(lead.company, days_ago=900))
    order = [2, 0, 3, 1]
    answer = client.get(address, {"block": [asked(blocks[at]) for at in order]}, headers=HTMX)
    again = dict(zip(order, answer.context["timeline"].blocks, strict=True))
    subjects = [entry.subject for at in range(4) for entry in again[at].entries]
    everything = list(ContactAttempt.objects.order_by("-occurred_at", "-id").values_list("subject", flat=True))
    assert subjects == everything
    assert [again[at].key for at in range(4)] == [block.key for block in blocks]
    assert answer.text.count('hx-swap-oob="true"') == 4


def test_a_block_ends_in_the_middle_of_a_day_and_the_next_goes_on_with_it(lead, alice, bob, signed_in):
    start = noon(lead.company, days_ago=3)
    for minutes in range(25):
        AttemptFactory(lead=lead, user=bob, method="call", occurred_at=start - timedelta(minutes=minutes))
    client = signed_in(alice)
    (first,) = client.get(reverse("lead", args=[lead.id])).context["timeline"].blocks
    answer = client.get(first.older_url, headers=HTMX)
    (second,) = answer.context["timeline"].blocks
    assert [day.continued for day in first.days] == [False]
    assert [(day.continued, day.gap) for day in second.days] == [(True, "")]
    assert ", continued</span></h3>" in answer.text


def test_a_gap_between_two_blocks_is_named_by_the_older(lead, alice, bob, signed_in):
    for minutes in range(20):
        AttemptFactory(
            lead=lead,
            user=bob,
            method="call",
            occurred_at=noon(lead.company, days_ago=1) - timedelta(minutes=minutes),
        )
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=noon(lead.company, days_ago=8))
    client = signed_in(alice)
    (first,) = client.get(reverse("lead", args=[lead.id])).context["timeline"].blocks
    (second,) = client.get(first.older_url, headers=HTMX).context["timeline"].blocks
    assert [day.gap for day in first.days] == [""]
    assert [day.gap for day in second.days] == ["6 days without contact"]


def test_a_gap_of_a_filtered_timeline_says_of_what_it_is_one(lead, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=bob, occurred_at=noon(lead.company, days_ago=1))
    AttemptFactory(lead=lead, user=bob, method="call", occurred_at=noon(lead.company, days_ago=4))
    AttemptFactory(lead=lead, user=bob, occurred_at=noon(lead.company, days_ago=9))
    client, address = signed_in(alice), reverse("lead", args=[lead.id])
    for asks, gap in (
        ({"method": "email"}, "7 days without emails"),
        ({"direction": "outbound"}, "2 days without contact from us"),
    ):
        (block,) = client.get(address, asks).context["timeline"].blocks
        assert block.days[1].gap == gap


@pytest.mark.parametrize(
    ("asks", "words"),
    [
        ({"method": "call"}, "No calls here."),
        ({"method": "sms", "direction": "inbound"}, "No SMS from Dana here."),
        ({"direction": "inbound"}, "Nothing from Dana here."),
    ],
)
def test_a_filter_that_finds_nothing_says_of_what_and_offers_all(lead, alice, signed_in, asks, words):
    for _ in range(3):
        AttemptFactory(lead=lead, user=alice)
    text = signed_in(alice).get(reverse("lead", args=[lead.id]), asks).text
    assert words in text and ">Show all 3</a>." in text


@pytest.mark.parametrize("asks", [{}, {"direction": "outbound"}])
def test_the_newest_unanswered_is_marked_once_also_behind_many_answers(lead, alice, bob, signed_in, asks):
    calls_of(lead, bob, 40, direction="inbound")
    sent, _ = (
        AttemptFactory(lead=lead, user=bob, method="call", occurred_at=noon(lead.company, days_ago=day) + LATER)
        for day in (26, 38)
    )
    client = signed_in(alice)
    (first,) = client.get(reverse("lead", args=[lead.id]), asks).context["timeline"].blocks
    blocks = [first, *(client.get(first.older_url, headers=HTMX).context["timeline"].blocks if first.older_url else [])]
    marked = [entry.id for block in blocks for entry in block.entries if entry.newest_unanswered]
    assert marked == [sent.id]


def test_a_block_that_is_not_the_newest_has_no_newest_unanswered(lead, alice, bob, signed_in):
    calls_of(lead, bob, 30)
    client = signed_in(alice)
    (first,) = client.get(reverse("lead", args=[lead.id])).context["timeline"].blocks
    (second,) = client.get(first.older_url, headers=HTMX).context["timeline"].blocks
    assert [entry.newest_unanswered for entry in first.entries][:2] == [True, False]
    assert not any(entry.newest_unanswered for entry in second.entries)


def test_a_day_is_gone_to_without_what_lies_between(lead, alice, bob, signed_in):
    calls = calls_of(lead, bob, 200)
    client, address = signed_in(alice), reverse("lead", args=[lead.id])
    zone = ZoneInfo(lead.company.time_zone)
    day = calls[120].occurred_at.astimezone(zone).date()
    answer = client.get(address, {"day": day.isoformat()})
    (block,) = answer.context["timeline"].blocks
    assert block.days[0].code == day.isoformat() and len(block.entries) == 40
    (newer,) = client.get(block.newer_url, headers=HTMX).context["timeline"].blocks
    (older,) = client.get(block.older_url, headers=HTMX).context["timeline"].blocks
    subjects = [entry.subject for part in (newer, block, older) for entry in part.entries]
    assert subjects == [call.subject for call in calls[80:200]]


def test_a_day_without_contact_says_so_and_shows_what_was_before(lead, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=bob, subject="Before", occurred_at="2026-03-02T12:00:00Z")
    AttemptFactory(lead=lead, user=bob, subject="After", occurred_at="2026-03-06T12:00:00Z")
    client, address = signed_in(alice), reverse("lead", args=[lead.id])
    answer = client.get(address, {"day": "2026-03-04"})
    assert shown(answer) == ["Before"]
    assert "Nothing on Wednesday 4 March 2026. This came before it:" in answer.text
    assert "Nothing on Saturday 28 February 2026." in client.get(address, {"day": "2026-02-28"}).text
    assert shown(client.get(address, {"day": "2026-03-06"})) == ["After", "Before"]


def test_midnight_of_the_company_parts_the_day_gone_to(lead, alice, signed_in):
    """23:30 and 00:30 in Berlin are one UTC evening."""
    for moment in ("2025-07-01T21:30:00+00:00", "2025-07-01T22:30:00+00:00"):
        AttemptFactory(lead=lead, user=alice, method="call", subject=moment, occurred_at=moment)
    client = signed_in(alice)
    assert shown(client.get(reverse("lead", args=[lead.id]), {"day": "2025-07-01"})) == ["2025-07-01T21:30:00+00:00"]


def test_the_first_entries_are_shown_on_demand(lead, alice, bob, signed_in):
    calls = calls_of(lead, bob, 90)
    answer = signed_in(alice).get(reverse("lead", args=[lead.id]), {"oldest": "1"})
    assert shown(answer) == [call.subject for call in calls[50:]]
    (block,) = answer.context["timeline"].blocks
    assert not block.older_url and block.newer_url


def test_the_address_of_an_entry_leads_to_a_page_that_has_it(lead, alice, bob, signed_in):
    calls = calls_of(lead, bob, 90)
    client, address = signed_in(alice), reverse("lead", args=[lead.id])
    assert f'id="attempt-{calls[70].id}"' in client.get(address, {"entry": calls[70].id}).text
    recent = client.get(address, {"entry": calls[19].id})
    assert shown(recent) == [call.subject for call in calls[:20]], "It is on the first page anyway."
    foreign = AttemptFactory(lead=LeadFactory(company=lead.company), user=bob)
    assert shown(client.get(address, {"entry": foreign.id})) == [call.subject for call in calls[:20]]


@pytest.mark.parametrize(
    "query",
    [
        {"day": "soon"}, {"day": "0001-01-01"}, {"day": "9999-12-31"}, {"entry": "x"}, {"after": "x"}, {"oldest": "0"},
        {"block": ["", "~", "x~y", "~" * 50]}, {"block": ["~"] * 400}, {"after": "9999-12-31T23:59:59+00:00_x"},
    ],
)  # fmt: skip
def test_a_place_that_makes_no_sense_shows_the_page_all_the_same(lead, alice, signed_in, query):
    AttemptFactory(lead=lead, user=alice)
    client = signed_in(alice)
    for name in ("lead", "lead_timeline", "lead_live", "lead_history"):
        assert client.get(reverse(name, args=[lead.id]), query, headers=HTMX).status_code == 200


def test_the_choices_of_a_filtered_timeline_are_addresses_of_the_page(lead, alice, signed_in):
    AttemptFactory(lead=lead, user=alice)
    text = signed_in(alice).get(reverse("lead", args=[lead.id]), {"direction": "outbound"}).text
    assert f'href="/leads/{lead.id}/?method=email&amp;direction=outbound" id="show-email"' in text
    assert f'href="/leads/{lead.id}/?direction=outbound" id="show-all"' in text


def test_an_entry_of_another_record_names_it_in_every_block(lead, alice, bob, signed_in):
    other = LeadFactory(company=lead.company, first_name="Dana", last_name="M", organization="Beta")
    for record in (lead, other):
        set_identifiers(record, "email", clean_identifiers("email", "dana@acme.example", "US"))
    calls_of(lead, bob, 30)
    old = AttemptFactory(lead=other, user=bob, subject="There", occurred_at=noon(lead.company, days_ago=28))
    client = signed_in(alice)
    (first,) = client.get(reverse("lead", args=[lead.id])).context["timeline"].blocks
    answer = client.get(first.older_url, headers=HTMX)
    assert "Logged on another record of Dana: Dana M, Beta" in answer.text
    (again,) = (
        client.get(
            reverse("lead_timeline", args=[lead.id]),
            {"block": asked(answer.context["timeline"].blocks[0])},
            headers=HTMX,
        )
        .context["timeline"]
        .blocks
    )
    assert old.subject in [entry.subject for entry in again.entries]
    found = client.get(reverse("lead", args=[lead.id]), {"entry": old.id}).context["timeline"]
    assert old.subject in [entry.subject for entry in found.entries]


def test_the_history_has_every_entry_and_says_what_it_left_out(lead, alice, bob, signed_in, monkeypatch):
    calls = calls_of(lead, bob, 90)
    client, address = signed_in(alice), reverse("lead_history", args=[lead.id])
    answer = client.get(address)
    assert shown(answer) == [call.subject for call in calls]
    assert "90 contacts, as of" in answer.text and "is left out" not in answer.text
    monkeypatch.setattr(timeline_page, "MOST_SHOWN", 50)
    cut = client.get(address)
    assert len(shown(cut)) == 50 and "is left out" in cut.text
    assert shown(client.get(cut.context["left_out"]["url"])) == [call.subject for call in calls[50:]]


def test_the_history_is_that_of_the_filter_and_is_never_empty_without_a_word(lead, alice, signed_in):
    AttemptFactory(lead=lead, user=alice)
    client, address = signed_in(alice), reverse("lead_history", args=[lead.id])
    assert "Emails from us: 1 contact, as of" in client.get(address, {"method": "email", "direction": "outbound"}).text
    assert "No calls here." in client.get(address, {"method": "call"}).text
    other = LeadFactory(company=lead.company)
    assert "Nobody has contacted Dana yet." in client.get(reverse("lead_history", args=[other.id])).text


def test_each_block_is_one_query_and_finding_a_day_or_an_entry_one_or_two_more(
    lead, alice, bob, signed_in, django_assert_num_queries
):
    calls = calls_of(lead, bob, 130)
    client, address = signed_in(alice), reverse("lead_timeline", args=[lead.id])
    (first,) = client.get(reverse("lead", args=[lead.id])).context["timeline"].blocks
    for asks, queries in (
        ({}, 4),
        ({"before": first.until}, 5),  # whether anything newer is unanswered
        ({"day": calls[50].occurred_at.date().isoformat()}, 6),
        ({"entry": calls[50].id}, 7),
        ({"block": [asked(first)]}, 4),
    ):
        with django_assert_num_queries(queries):
            client.get(address, asks, headers=WHOLE if "block" not in asks else HTMX)


@pytest.mark.parametrize("records", [1, 3])
def test_a_block_far_down_is_read_by_the_index_from_its_boundary(lead, alice, bob, records):
    """Not from the newest entry on, which would take the longer the further one has scrolled."""
    others = [LeadFactory(company=lead.company) for _ in range(records - 1)]
    for record in (lead, *others):
        set_identifiers(record, "email", clean_identifiers("email", "dana@acme.example", "US"))
    calls = calls_of(lead, bob, 2_000)
    for other in others:
        calls_of(other, bob, 300)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outreach_contactattempt")
    reader, middle = BlockReader(get_lead(alice, lead.id), alice), calls[1_500]
    with CaptureQueriesContext(connection) as captured:
        reader.down(End(middle.occurred_at, middle.id), 40)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {captured[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    removed = [int(line.split(": ")[1]) for line in plan.splitlines() if "Rows Removed by Filter" in line]
    assert sum(removed) < 50 * records, plan
