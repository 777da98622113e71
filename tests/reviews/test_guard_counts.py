"""What the guard held up is counted once: review, analytics, CSV, rows and API give the same numbers."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.utils import timezone

from outreach.contacts.actions import Refused, log_contact, void_contact
from outreach.contacts.contact import Contact
from outreach.models import GuardDecision
from outreach.reviews.guard_counts import IN_SPAN, GuardCounts, GuardFilters
from outreach.reviews.rule_scores import last_days, read_score
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.recount import Recount

pytestmark = pytest.mark.django_db

REVIEW, ANALYTICS = "/review/", "/analytics/"


def emailed(company, user, **ago: int):
    """A lead that this rep emailed so long ago."""
    lead = LeadFactory(company=company)
    AttemptFactory(lead=lead, user=user, occurred_at=timezone.now() - timedelta(**ago))
    return lead


def refuse(lead, user) -> None:
    with pytest.raises(Refused):
        log_contact(lead_id=lead.id, user=user, contact=Contact("email"))


@pytest.fixture
def month(company, alice, bob, mona) -> GuardCounts:
    """One of each: what a rule refused and what one only warned about, left alone, logged anyway, or recorded."""
    email = Contact("email")
    for _ in range(2):
        refuse(emailed(company, alice, hours=2), bob)
    for _ in range(3):
        refuse(emailed(company, alice, days=3), bob)
    for _ in range(2):
        log_contact(lead_id=emailed(company, alice, days=3).id, user=bob, contact=email, reason="Agreed")
    log_contact(lead_id=emailed(company, alice, hours=2).id, user=mona, contact=email, reason="Wrong price")
    sent = {"reason": "Sent", "already_sent": True}
    log_contact(lead_id=emailed(company, alice, hours=2).id, user=bob, contact=email, **sent)
    wrong = log_contact(lead_id=emailed(company, alice, days=3).id, user=bob, contact=email, reason="Agreed")
    void_contact(attempt_id=wrong.id, user=bob, reason="Never sent")
    # Tried twice, then logged with a reason: only what was logged counts.
    tried = emailed(company, alice, days=3)
    refuse(tried, bob), refuse(tried, bob)
    log_contact(lead_id=tried.id, user=bob, contact=email, reason="Agreed")
    return GuardCounts(blocked=2, left_alone=3, after_warning=3, block_overridden=1, collisions=1)


def guard_part(client, page: str) -> str:
    """The part of a page that tells what the guard held up."""
    text = client.get(page).text
    return re.search(r'<section class="card (?:score|guard-score)".*?</section>', text, re.DOTALL)[0]


def totals(part: str) -> list[str]:
    items = re.search(r'<ul class="guard-totals">(.*?)</ul>', part, re.DOTALL)[1]
    return [" ".join(re.sub("<[^>]*>", " ", item).split()) for item in items.split("</li>")[:-1]]


def parts(part: str) -> list[str]:
    """How the numbers are parted, in words."""
    return [re.sub("<[^>]*>", "", words) for words in re.findall(r'<p class="guard-parts">(.*?)</p>', part)]


def by_rule(part: str) -> list[list[str]]:
    body = re.search(r'<table class="guard-rules">.*?<tbody>(.*?)</tbody>', part, re.DOTALL)[1]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("</tr>")[:-1]]
    return [[re.sub("<[^>]*>", "", cell) for cell in row] for row in cells]


def test_review_analytics_csv_and_a_recount_say_the_same_of_the_same_days(month, company, mona, signed_in):
    client = signed_in(mona)
    review, analytics = guard_part(client, REVIEW), guard_part(client, ANALYTICS)
    assert totals(review) == totals(analytics)
    assert totals(review) == ["5 prevented", "4 logged anyway", "1 collision"]
    assert parts(review) == parts(analytics)
    assert parts(review) == [
        "Prevented: 2 refused outright; 3 left alone after a warning",
        "Logged anyway: 3 after a warning; 1 over a block, by a manager",
    ]
    assert by_rule(review) == by_rule(analytics)
    arrived = list(csv.reader(io.StringIO(client.get("/analytics/rules.csv").content.decode("utf-8-sig"))))
    assert [[f"{name} {does}", *counts] for name, *counts, does in arrived[1:]] == by_rule(review)
    assert read_score(company).numbers.total == client.get(ANALYTICS).context["report"].guard.total == month
    span = last_days(company, timezone.now())
    recount = Recount(company, span.first, span.last)
    assert recount.score(recount.decided()) == (month.prevented, month.anyway, month.collisions)
    assert recount.score_parts(recount.decided()) == (2, 3, 3, 1)


def test_every_number_leads_to_as_many_rows(month, mona, signed_in):
    client = signed_in(mona)
    for page in (REVIEW, ANALYTICS):
        links = re.findall(r'href="(/analytics/rows/[^"]*)">(?:<b>)?([\d,]+)<', guard_part(client, page))
        assert len(links) >= 11
        for link, count in links:
            assert client.get(unescape(link)).context["total"] == int(count), (page, link)


def test_each_part_of_a_number_has_rows_of_its_own(month, mona, signed_in):
    client = signed_in(mona)
    for show in ("prevented", "blocked", "left_alone", "anyway", "after_warning", "block_overridden", "collisions"):
        answer = client.get("/analytics/rows/", {"show": show})
        assert (show, answer.context["total"]) == (show, getattr(month, show))
    assert client.get("/analytics/rows/", {"show": "held_up"}).context["total"] == month.held_up


def test_a_rule_that_only_warns_never_says_refused(month, mona, signed_in):
    client = signed_in(mona)
    rules = dict((name.split(" ")[0], name) for name, *_ in by_rule(guard_part(client, REVIEW)))
    assert rules["Recent"].endswith("asks for a reason") and rules["Cooldown"].endswith("refuses")
    assert client.get("/analytics/rows/", {"show": "blocked", "rule": "recent"}).context["total"] == 0
    assert "Refused" not in guard_part(client, REVIEW)


def test_the_same_filters_of_rep_and_method_hold_for_numbers_and_rows(month, company, bob, mona, signed_in):
    client = signed_in(mona)
    for params in ({"user_id": str(bob.id)}, {"method": "email"}, {"method": "call"}, {"user_id": str(mona.id)}):
        total = client.get(ANALYTICS, params).context["report"].guard.total
        for show in ("prevented", "anyway", "collisions"):
            rows = client.get("/analytics/rows/", {**params, "show": show}).context["total"]
            assert rows == getattr(total, show), (params, show)


def test_the_decisions_of_the_api_come_to_the_same_contacts(month, mona, signed_in):
    client = signed_in(mona)
    decisions = client.get("/api/v1/decisions", {"kind": "overridden", "limit": 200}).json()["data"]
    # One of them was voided since.
    assert len({decision["attempt_id"] for decision in decisions}) == month.anyway + 1
    decisions = client.get("/api/v1/decisions", {"kind": "collision", "limit": 200}).json()["data"]
    assert len({decision["attempt_id"] for decision in decisions}) == month.collisions


def test_the_bar_and_the_tab_count_what_is_to_review_alike(month, mona, signed_in):
    answer = signed_in(mona).get(REVIEW)
    due = next(tab["count"] for tab in answer.context["tabs"] if tab["current"])
    assert str(answer.context["review_due"]) == str(due) == "6"


def test_the_days_are_those_of_the_company_both_ends_included(month, company, mona, signed_in):
    span = last_days(company, timezone.now())
    assert span.days == 30 and span.last == timezone.localdate(timezone.now(), span.zone)
    assert signed_in(mona).get(ANALYTICS).context["report"].filters.span == span


def test_the_count_reads_only_the_decisions_of_its_days(month, company):
    filters = GuardFilters(company.id, last_days(company, timezone.now()))
    assert GuardDecision.objects.filter(company=company).exists()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {IN_SPAN}", filters.parameters())
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "decision_company_time" in plan and "Seq Scan on outreach_guarddecision" not in plan
