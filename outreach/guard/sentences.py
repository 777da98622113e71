"""Every sentence the guard says: who, when, how, what about, and from when it is allowed.

They are stored with a decision, so they name everybody; "You" is for the screen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from crm import times
from leads.methods import ContactMethod
from leads.person.wishes import Wish
from outreach.guard.facts import Claimed, Facts, Limits
from outreach.guard.question import Question
from outreach.guard.verdict import Previous
from outreach.models import Direction

SUBJECT_SHOWN = 60
UNTIL_LIFTED = " It holds until a manager lifts it."


def do_not_contact(question: Question, facts: Facts, wish: Wish, by: str) -> str:
    """ "Dana Miller asked us not to text (3 Nov, noted by Alice Jones): «…». It holds until a manager lifts it."."""
    how = "not to be contacted" if wish.whole else f"us not to {method(question.method).forbidden}"
    noted = ", ".join(
        part
        for part in (
            times.date_words(wish.at, facts.now, zone(question)) if wish.at else "",
            f"noted by {by}" if by else "",
        )
        if part
    )
    why = f": «{wish.reason}»." if wish.reason else "."
    return f"{facts.lead.name} asked {how}" + (f" ({noted})" if noted else "") + why + UNTIL_LIFTED


def cooldown(question: Question, facts: Facts, previous: Previous, limits: Limits, ends: datetime) -> str:
    """ "Alice Jones emailed … 5 h ago, no reply yet. The rule is one email per 24 hours: allowed from Thu 14:00."."""
    # A limit that was loosened since holds on for what it had closed.
    tense = "is" if limits.hours == facts.limits[question.method].hours else "was"
    said = f"{contacted(question, facts, previous)} The rule {tense} {limit_words(question.method, limits)}"
    if question.past:
        return f"{said}."
    return f"{said}: allowed from {times.from_when(ends, facts.now, zone(question))}."


def limit_words(code: str, limits: Limits) -> str:
    """ "one email per 24 hours", "3 calls per 7 days"."""
    words = method(code)
    amount = f"one {words.noun}" if limits.count == 1 else f"{limits.count} {words.plural}"
    length = timedelta(hours=limits.hours)
    hours = f"{limits.hours} hours" if limits.hours != 1 else "hour"
    return f"{amount} per {times.span(length) if limits.hours % 24 == 0 and limits.hours > 24 else hours}"


def recent(question: Question, facts: Facts, previous: Previous, days: int) -> str:
    """ "Alice Jones emailed … 2 days ago. The rule is to give a reason within 7 days: clear from Mon 14:00."."""
    said = f"{contacted(question, facts, previous)} The rule is to give a reason within {count_days(days)}"
    if question.past:
        return f"{said}."
    ends = previous.occurred_at + timedelta(days=days)
    return f"{said}: clear from {times.from_when(ends, facts.now, zone(question))}."


def count_days(days: int) -> str:
    return f"{days} day{'s' if days != 1 else ''}"


def contacted(question: Question, facts: Facts, previous: Previous) -> str:
    """ "Alice Jones emailed this lead 2 days ago: «Quick question…», no reply yet."."""
    verb = method(previous.method).did
    ago = times.ago(previous.occurred_at, facts.now, zone(question))
    about = f": «{shortened(previous.subject)}»" if previous.subject else ""
    return (
        f"{previous.user_name} {verb} {whom(facts, previous)} {ago}{about}, {reply_words(question, facts, previous)}."
    )


def whom(facts: Facts, previous: Previous) -> str:
    """ "this lead", or which of the person's other records the contact is on."""
    if previous.lead_id == facts.lead.id:
        return "this lead"
    return f"this person as {facts.names.get(previous.lead_id, 'another record')}"


def reply_words(question: Question, facts: Facts, previous: Previous) -> str:
    if previous.responded and previous.response_at:
        return f"answered {times.ago(previous.response_at, facts.now, zone(question))}"
    return "no reply yet"


def unseen(question: Question, facts: Facts, newest: Previous) -> str:
    """ "New since you opened this page: Bob Smith called this lead just now, no reply yet. The rule is to read …"."""
    if newest.direction == Direction.INBOUND:
        words = method(newest.method)
        ago = times.ago(newest.occurred_at, facts.now, zone(question))
        said = f"{facts.lead.name} {words.began} {ago}, logged by {newest.user_name}."
    else:
        said = contacted(question, facts, newest)
    return f"New since you opened this page: {said} The rule is to read it first: clear once you have."


def similar(question: Question, facts: Facts, previous: Previous, percent: int) -> str:
    """ "82 % like what Alice Jones wrote to this lead 2 days ago: «Quick question…»."."""
    ago = times.ago(previous.occurred_at, facts.now, zone(question))
    about = f": «{shortened(previous.subject)}»" if previous.subject else ""
    to = (
        whom(facts, previous)
        if previous in facts.texts
        else f"{facts.names[previous.lead_id]} at the same organization"
    )
    return (
        f"{percent} % like what {previous.user_name} wrote to {to} {ago}{about}. The rule is to give a reason from "
        f"{facts.company.similarity_percent} % on, within {settings.SIMILARITY_DAYS} days: other words need none."
    )


def claimed(question: Question, facts: Facts, claim: Claimed) -> str:
    """ "Alice Jones is writing an email to this person now (since 14:02). The rule is one at a time: free …"."""
    since = times.clock(claim.started_at, zone(question))
    until = times.clock(claim.expires_at, zone(question))
    return (
        f"{claim.user_name} is {method(claim.method).writing_to} this person now (since {since}). "
        f"The rule is one at a time: free when done, or from {until}."
    )


def organization(question: Question, facts: Facts, previous: Previous) -> str:
    """ "Alice Jones called Kim Berg at the same organization 3 days ago."."""
    verb = method(previous.method).did
    ago = times.ago(previous.occurred_at, facts.now, zone(question))
    days = facts.company.organization_days
    said = f"{previous.user_name} {verb} {facts.names[previous.lead_id]} at the same organization {ago}."
    if not facts.company.organization_warns:
        return said
    ends = times.from_when(previous.occurred_at + timedelta(days=days), facts.now, zone(question))
    return f"{said} The rule is one colleague per organization in {count_days(days)}: clear from {ends}."


def shortened(subject: str) -> str:
    return subject if len(subject) <= SUBJECT_SHOWN else f"{subject[: SUBJECT_SHOWN - 1].rstrip()}…"


def method(code: str):
    return ContactMethod(code).words


def zone(question: Question) -> ZoneInfo:
    return ZoneInfo(question.user.company.time_zone)
