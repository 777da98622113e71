"""Every sentence the guard says: who, when, how, what about, and from when it is allowed.

They are stored with a decision, so they name everybody; "You" is for the screen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm import times
from leads.methods import ContactMethod
from outreach.guard.facts import Facts, Limits
from outreach.guard.question import Question
from outreach.guard.verdict import Previous
from outreach.models import Direction

SUBJECT_SHOWN = 60


def do_not_contact(question: Question, facts: Facts) -> str:
    """ "Dana Miller asked not to be texted (3 Nov, noted by Alice Jones): «…»."."""
    lead = facts.lead
    how = "not to be contacted" if lead.do_not_contact else f"us not to {method(question.method).forbidden}"
    at, by, why = lead.do_not_contact_at, lead.do_not_contact_by, lead.do_not_contact_reason
    noted = ", ".join(
        part
        for part in (
            times.date_words(at, facts.now, zone(question)) if at else "",
            f"noted by {by.name}" if by else "",
        )
        if part
    )
    return f"{lead.name} asked {how}" + (f" ({noted})" if noted else "") + (f": «{why}»." if why else ".")


def cooldown(question: Question, facts: Facts, previous: Previous, limits: Limits, ends: datetime) -> str:
    """ "Alice Jones emailed this lead 5 h ago: «…», no reply yet. One email per 24 hours: allowed from Thu 14:00."."""
    rule = limit_words(question.method, limits)
    said = contacted(question, facts, previous)
    if question.past:
        return f"{said} The rule is {rule}."
    return f"{said} The rule is {rule}: allowed from {times.from_when(ends, facts.now, zone(question))}."


def limit_words(code: str, limits: Limits) -> str:
    """ "one email per 24 hours", "3 calls per 7 days"."""
    words = method(code)
    amount = f"one {words.noun}" if limits.count == 1 else f"{limits.count} {words.plural}"
    length = timedelta(hours=limits.hours)
    hours = f"{limits.hours} hours" if limits.hours != 1 else "hour"
    return f"{amount} per {times.span(length) if limits.hours % 24 == 0 and limits.hours > 24 else hours}"


def contacted(question: Question, facts: Facts, previous: Previous) -> str:
    """ "Alice Jones emailed this lead 2 days ago: «Quick question…», no reply yet."."""
    verb = method(previous.method).did
    ago = times.ago(previous.occurred_at, facts.now, zone(question))
    about = f": «{shortened(previous.subject)}»" if previous.subject else ""
    return f"{previous.user_name} {verb} this lead {ago}{about}, {reply_words(question, facts, previous)}."


def reply_words(question: Question, facts: Facts, previous: Previous) -> str:
    if previous.responded and previous.response_at:
        return f"answered {times.ago(previous.response_at, facts.now, zone(question))}"
    return "no reply yet"


def unseen(question: Question, facts: Facts, newest: Previous) -> str:
    """ "New since you opened this page: Bob Smith called this lead just now: «…», no reply yet."."""
    if newest.direction == Direction.INBOUND:
        words = method(newest.method)
        ago = times.ago(newest.occurred_at, facts.now, zone(question))
        said = f"{facts.lead.name} {words.began} {ago}, logged by {newest.user_name}."
    else:
        said = contacted(question, facts, newest)
    return f"New since you opened this page: {said}"


def shortened(subject: str) -> str:
    return subject if len(subject) <= SUBJECT_SHOWN else f"{subject[: SUBJECT_SHOWN - 1].rstrip()}…"


def method(code: str):
    return ContactMethod(code).words


def zone(question: Question) -> ZoneInfo:
    return ZoneInfo(question.user.company.time_zone)
