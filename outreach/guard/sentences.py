"""The words of a reason, made last and from its parts: who, when, how, by which rule, and from when it is allowed.

Each sentence has two spellings. NOW is what screen and API say at this moment ("2 days ago"). LATER is what a decision
keeps ("on 10 Nov 2026 at 15:00", "was writing"): it is right whenever it is read. Both name everybody; `now_to` is NOW
for one reader on the screen, who is "you".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from crm import times
from crm.text import counted
from leads.methods import ContactMethod, MethodWords
from outreach.guard.parts import Case, Likeness, Limit, Relation, Request, Window
from outreach.guard.verdict import Reason
from outreach.models import Direction, Rule

SUBJECT_SHOWN = 60


@dataclass(frozen=True)
class Spelling:
    """How sentences speak of time, and the words that change with it."""

    past: Callable[[datetime, Case], str]  # when something happened
    date: Callable[[datetime, Case], str]  # on which day it happened
    clock: Callable[[datetime, Case], str]  # since or until when somebody is writing
    coming: Callable[[datetime, Case], str]  # from when on something is allowed
    is_: str
    former: str
    need: str
    no_reply: str
    opened: str
    once_read: str
    lifted: str
    to_person: str
    reader: UUID | None = None  # who is "you"; None in words that anybody may read


NOW = Spelling(
    past=lambda at, case: times.ago(at, case.now, case.zone),
    date=lambda at, case: times.date_words(at, case.now, case.zone),
    clock=lambda at, case: times.clock(at, case.zone),
    coming=lambda at, case: times.from_when(at, case.now, case.zone),
    is_="is",
    former="The rule was",
    need="need",
    no_reply="no reply yet",
    opened="you opened this page",
    once_read="clear once you have",
    lifted="It holds until a manager lifts it",
    to_person="this person now",
)
LATER = Spelling(
    past=lambda at, case: f"on {times.lasting(at, case.zone)}",
    date=lambda at, case: times.lasting_date(at, case.zone),
    clock=lambda at, case: times.lasting(at, case.zone),
    coming=lambda at, case: times.lasting(at, case.zone),
    is_="was",
    former="The rule before it was loosened was",
    need="needed",
    no_reply="no reply by then",
    opened="the page was opened",
    once_read="clear once it was read",
    lifted="Only a manager could lift it",
    to_person="this person",
)


def now_to(reader: UUID) -> Spelling:
    """NOW as this reader is told it: "You emailed this lead 5 h ago"."""
    return replace(NOW, reader=reader)


def sentence(reason: Reason, spelling: Spelling = NOW) -> str:
    """All a reason has to say: "Alice Jones emailed this lead 5 h ago, no reply yet. The rule is one email per …"."""
    return " ".join(part for part in (f"{finding(reason, spelling)}.", rule_sentence(reason, spelling)) if part)


def stored_sentence(reason: Reason) -> str:
    """The sentence as a decision keeps it, to be read at any later time."""
    return sentence(reason, LATER)


def finding(reason: Reason, spelling: Spelling = NOW) -> str:
    """What the rule found, without a full stop: "Alice Jones emailed this lead 2 days ago, no reply yet"."""
    usual = did if reason.rule.words.about_others else contacted
    return FINDINGS.get(reason.rule, usual)(reason, spelling)


def rule_sentence(reason: Reason, spelling: Spelling = NOW) -> str:
    """The rule and its end: "The rule is one email per 24 hours: allowed from Thu 14:00."; nothing for a note."""
    words, end = rule(reason, spelling), ending(reason, spelling)
    if not words:
        return ""
    return f"{words}: {end}." if end else f"{words}."


def rule(reason: Reason, spelling: Spelling = NOW) -> str:
    """The rule, without a full stop: "The rule is one email per 24 hours"; nothing for a note."""
    match reason.numbers:
        case Limit() as limit:
            return f"{spelling.former if limit.is_former else f'The rule {spelling.is_}'} {limit_words(reason, limit)}"
        case Likeness(_, least, days):
            return f"The rule {spelling.is_} to give a reason from {least} % on, within {days} days"
        case Window(days, _) if reason.rule == Rule.ORGANIZATION:
            return f"The rule {spelling.is_} one colleague per organization in {counted(days, 'day')}"
        case Window(days, _):
            return f"The rule {spelling.is_} a reason for another within {counted(days, 'day')}"
        case Request():
            return spelling.lifted
    return f"The rule {spelling.is_} {reason.rule.words.says}" if reason.rule.words.says else ""


def ending(reason: Reason, spelling: Spelling) -> str:
    """What ends the rule's hold, and when: "allowed from Thu 14:00"; nothing where there is nothing to wait for."""
    case = reason.case
    match reason.numbers:
        case Limit() if reason.allowed_from:
            return f"allowed from {spelling.coming(reason.allowed_from, case)}"
        case Window(_, ends) if reason.rule == Rule.ORGANIZATION or not case.is_past:
            return f"clear from {spelling.coming(ends, case)}"
        case Likeness():
            return f"other words {spelling.need} none"
    if reason.rule == Rule.CLAIMED and reason.allowed_from:
        return f"free when done, or from {spelling.clock(reason.allowed_from, case)}"
    return spelling.once_read if reason.rule == Rule.UNSEEN else ""


def limit_words(reason: Reason, limit: Limit) -> str:
    """ "one email per 24 hours", "3 calls per 7 days"."""
    words = method_words(reason.case.method)
    amount = f"one {words.noun}" if limit.contacts == 1 else f"{limit.contacts} {words.plural}"
    length = timedelta(hours=limit.hours)
    hours = f"{limit.hours} hours" if limit.hours != 1 else "hour"
    return f"{amount} per {times.span(length) if limit.hours % 24 == 0 and limit.hours > 24 else hours}"


def do_not_contact(reason: Reason, spelling: Spelling) -> str:
    """ "Dana Miller asked us not to text (3 Nov, noted by Alice Jones): “…”"."""
    assert isinstance(reason.numbers, Request)
    how = "not to be contacted" if reason.numbers.is_whole else f"us not to {method_words(reason.method).forbidden}"
    date = spelling.date(reason.at, reason.case) if reason.at else ""
    by = f"noted by {author(reason, spelling)}" if reason.who.name else ""
    noted = ", ".join(part for part in (date, by) if part)
    why = f": “{reason.numbers.why}”" if reason.numbers.why else ""
    return f"{reason.case.lead_name} asked {how}" + (f" ({noted})" if noted else "") + why


def contacted(reason: Reason, spelling: Spelling) -> str:
    """ "Alice Jones emailed this lead 2 days ago: “Quick question…”, no reply yet"."""
    return f"{did(reason, spelling)}{about(reason)}, {reply_words(reason, spelling)}"


def did(reason: Reason, spelling: Spelling) -> str:
    """ "Alice Jones emailed this lead 2 days ago"."""
    at = spelling.past(reason.earlier.occurred_at, reason.case)
    return f"{author(reason, spelling, begins=True)} {method_words(reason.method).did} {whom(reason)} {at}"


def author(reason: Reason, spelling: Spelling, *, begins: bool = False) -> str:
    """Whose contact or note the reason speaks of; begins: the sentence begins with it."""
    if spelling.reader is None or reason.who.id != spelling.reader:
        return reason.who.name
    return "You" if begins else "you"


def whom(reason: Reason) -> str:
    """ "this lead", which of the person's other records, or who else at the organization."""
    assert reason.whom is not None
    relation, name = reason.whom
    return {
        Relation.SAME_LEAD: "this lead",
        Relation.SAME_PERSON: f"this person as {name}",
        Relation.SAME_ORGANIZATION: f"{name} at the same organization",
    }[relation]


def about(reason: Reason) -> str:
    subject = reason.earlier.subject
    return f": “{shortened(subject)}”" if subject else ""


def reply_words(reason: Reason, spelling: Spelling) -> str:
    if reason.earlier.responded and reason.earlier.response_at:
        return f"answered {spelling.past(reason.earlier.response_at, reason.case)}"
    return spelling.no_reply


def unseen(reason: Reason, spelling: Spelling) -> str:
    """ "New since you opened this page: Bob Smith called this lead just now, no reply yet"."""
    if reason.earlier.direction == Direction.INBOUND:
        at = spelling.past(reason.earlier.occurred_at, reason.case)
        news = f"{reason.case.lead_name} {method_words(reason.method).began} {at}, logged by {author(reason, spelling)}"
    else:
        news = contacted(reason, spelling)
    return f"New since {spelling.opened}: {news}"


def similar(reason: Reason, spelling: Spelling) -> str:
    """ "82 % like what Alice Jones wrote to this lead 2 days ago: “Quick question…”"."""
    return f"{reason.likeness} % like what {wrote(reason, spelling)}{about(reason)}"


def wrote(reason: Reason, spelling: Spelling) -> str:
    """ "Alice Jones wrote to this lead 2 days ago", whatever the method."""
    at = spelling.past(reason.earlier.occurred_at, reason.case)
    return f"{author(reason, spelling)} wrote to {whom(reason)} {at}"


def claimed(reason: Reason, spelling: Spelling) -> str:
    """ "Alice Jones is writing an email to this person now (since 14:02)"."""
    assert reason.at is not None
    writing, since = method_words(reason.method).writing_to, spelling.clock(reason.at, reason.case)
    return f"{reason.who.name} {spelling.is_} {writing} {spelling.to_person} (since {since})"


def shortened(subject: str) -> str:
    return subject if len(subject) <= SUBJECT_SHOWN else f"{subject[: SUBJECT_SHOWN - 1].rstrip()}…"


def method_words(code: str) -> MethodWords:
    return ContactMethod(code).words


def in_one_voice(stored: str) -> str:
    """A sentence that was stored while sentences quoted with other marks, as they quote now."""
    return OLDER_QUOTE.sub(r": “\1”\2", stored)


# Around a subject or a person's own words, which may hold such marks themselves.
OLDER_QUOTE = re.compile(r": \u00ab(.*)\u00bb([,.])")

# What speaks of more than an earlier contact.
FINDINGS: dict[Rule, Callable[[Reason, Spelling], str]] = {
    Rule.DO_NOT_CONTACT: do_not_contact,
    Rule.UNSEEN: unseen,
    Rule.SIMILAR: similar,
    Rule.CLAIMED: claimed,
}
