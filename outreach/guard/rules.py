"""One small function per rule: what it finds in the facts, as a reason or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from leads.methods import SPOKEN
from outreach.guard.facts import Facts
from outreach.guard.parts import (
    Case,
    Likeness,
    Limit,
    Limits,
    Numbers,
    Previous,
    Relation,
    Request,
    Who,
    Whom,
    Window,
)
from outreach.guard.question import Question
from outreach.guard.similarity import MessageText, compare, prepare, words_of
from outreach.guard.verdict import Answer, Reason
from outreach.models import Rule

Finder = Callable[[Question, Facts], Reason | None]


def do_not_contact(question: Question, facts: Facts) -> Reason | None:
    """The person asked not to be contacted at all or by this method. Nobody overrides it."""
    noted = facts.wish(question.method)
    if noted is None:
        return None
    wish, by = noted
    return Reason(
        Rule.DO_NOT_CONTACT,
        Answer.BLOCK,
        case_of(question, facts),
        who=Who(wish.by_id, by),
        method=question.method,
        at=wish.at,
        numbers=Request(wish.whole, wish.reason),
    )


def case_of(question: Question, facts: Facts) -> Case:
    return Case(facts.lead.name, question.method, facts.now, question.past, question.zone)


def about_contact(
    rule: Rule,
    answer: Answer,
    question: Question,
    facts: Facts,
    previous: Previous,
    *,
    whom: Whom | None = None,
    allowed_from: datetime | None = None,
    numbers: Numbers | None = None,
) -> Reason:
    """A reason that speaks of an earlier contact. whom: as a rule the lead itself or another record of the person."""
    return Reason(
        rule,
        answer,
        case_of(question, facts),
        who=Who(previous.user_id, previous.user_name),
        method=previous.method,
        at=previous.occurred_at,
        previous=previous,
        whom=whom or of_person(facts, previous),
        allowed_from=allowed_from,
        numbers=numbers,
    )


def of_person(facts: Facts, previous: Previous) -> Whom:
    """This lead, or another record of the person."""
    if previous.lead_id == facts.lead.id:
        return Whom(Relation.SAME_LEAD)
    return Whom(Relation.SAME_PERSON, facts.names.get(previous.lead_id, "another record"))


def at_organization(facts: Facts, previous: Previous) -> Whom:
    return Whom(Relation.SAME_ORGANIZATION, facts.names[previous.lead_id])


def cooldown(question: Question, facts: Facts) -> Reason | None:
    """As many outbound contacts by this method as the policy admits lie within its hours.

    A limit that was loosened since keeps closed what it had closed, so the one that ends last decides.
    """
    reached = [limit for limit in reached_limits(question, facts) if limit is not None]
    if not reached or facts.may_reply(question.user.id):
        return None
    last = max(reached, key=lambda limit: limit.ends)
    return about_contact(
        Rule.COOLDOWN,
        Answer.BLOCK,
        question,
        facts,
        last.newest,
        allowed_from=None if question.past else last.ends,
        numbers=Limit(last.limits.contacts, last.limits.hours, is_former=is_former(last.limits, question, facts)),
    )


def is_former(limits: Limits, question: Question, facts: Facts) -> bool:
    return limits.hours != facts.limits[question.method].hours


@dataclass(frozen=True)
class ReachedLimit:
    """A limit that admits no more: by which contact last, and until when."""

    limits: Limits
    newest: Previous
    ends: datetime


def reached_limits(question: Question, facts: Facts) -> Iterator[ReachedLimit | None]:
    """The method's limit and its former ones; None for each that admits one more."""
    limits = facts.limits[question.method]
    if limits.hours:
        yield reached(limits, within(facts, question.method, timedelta(hours=limits.hours)))
    for closure in facts.closures.values():
        if closure.method == question.method:
            edge = facts.moment - timedelta(hours=closure.limits.hours)
            yield reached(closure.limits, [contact for contact in closure.earlier if contact.occurred_at > edge])


def reached(limits: Limits, near: list[Previous]) -> ReachedLimit | None:
    """near: the contacts in the limit's hours, newest first."""
    if len(near) < limits.contacts:
        return None
    return ReachedLimit(limits, near[0], near[limits.contacts - 1].occurred_at + timedelta(hours=limits.hours))


def recent(question: Question, facts: Facts) -> Reason | None:
    """There was an outbound contact by this method within the warning window, one's own included."""
    limits = facts.limits[question.method]
    near = within(facts, question.method, timedelta(days=limits.days))
    if limits.days == 0 or not near or facts.may_reply(question.user.id):
        return None
    ends = near[0].occurred_at + timedelta(days=limits.days)
    return about_contact(
        Rule.RECENT,
        Answer.WARN,
        question,
        facts,
        near[0],
        allowed_from=ends,
        numbers=Window(limits.days, ends),
    )


def unseen(question: Question, facts: Facts) -> Reason | None:
    """Something was recorded for this person after the page being submitted was rendered."""
    if not question.unseen:
        return None
    return about_contact(Rule.UNSEEN, Answer.WARN, question, facts, question.unseen[0])


def similar(question: Question, facts: Facts) -> Reason | None:
    """The message is much like a colleague's to this person or organization in the last 30 days."""
    if question.method in SPOKEN or not question.has_text or facts.may_reply(question.user.id):
        return None
    since = facts.moment - timedelta(days=settings.SIMILARITY_DAYS)
    neighbours = [text for text in facts.neighbours if text.occurred_at > since and text.method not in SPOKEN]
    least = facts.company.similarity_percent
    closest = most_alike(question, [*facts.texts, *neighbours], list(facts.names.values()), least)
    if closest is None or closest.percent < least:
        return None
    is_own = closest.previous in facts.texts
    return about_contact(
        Rule.SIMILAR,
        Answer.WARN,
        question,
        facts,
        closest.previous,
        whom=(of_person if is_own else at_organization)(facts, closest.previous),
        numbers=Likeness(closest.percent, least, settings.SIMILARITY_DAYS),
    )


@dataclass(frozen=True)
class ComparedText:
    """An earlier message, and how much like it the new one is."""

    previous: Previous
    percent: int


def most_alike(question: Question, others: list[Previous], names: list[str], least: int) -> ComparedText | None:
    """Which of these messages is most like the one asked about, the newest of several; see `compare` for the least."""
    if not others:
        return None
    ignored = words_of({*names, question.user.name, *(other.user_name for other in others)})
    mine = prepare(MessageText(question.subject, question.body), ignored)
    compared = [
        ComparedText(other, compare(mine, prepare(MessageText(other.subject, other.body), ignored), least))
        for other in others
    ]
    return max(compared, key=lambda text: (text.percent, text.previous.occurred_at))


def claimed(question: Question, facts: Facts) -> Reason | None:
    """A colleague has the composer open for this person now."""
    claims = facts.claims_of_others(question.user.id)
    if question.past or not claims:
        return None
    first = claims[0]
    return Reason(
        Rule.CLAIMED,
        Answer.WARN,
        case_of(question, facts),
        who=Who(first.user_id, first.user_name),
        method=first.method,
        at=first.started_at,
        allowed_from=first.expires_at,
    )


def organization(question: Question, facts: Facts) -> Reason | None:
    """A colleague contacted somebody else at the same organization: a note, unless the policy wants a reason."""
    edge = facts.moment - timedelta(days=facts.company.organization_days)
    near = [contact for contact in facts.neighbours if contact.occurred_at > edge]
    if not near:
        return None
    newest = max(near, key=lambda contact: contact.occurred_at)
    days, warns = facts.company.organization_days, facts.company.organization_warns
    return about_contact(
        Rule.ORGANIZATION,
        Answer.WARN if warns else Answer.ALLOW,
        question,
        facts,
        newest,
        whom=at_organization(facts, newest),
        numbers=Window(days, newest.occurred_at + timedelta(days=days)) if warns else None,
    )


def other_method(question: Question, facts: Facts) -> Reason | None:
    """The person was contacted another way within this method's warning window: a note only."""
    days = max(facts.limits[question.method].days, 1)
    edge = facts.moment - timedelta(days=days)
    near = [
        contact
        for method, earlier in facts.earlier.items()
        for contact in earlier[:1]
        if method != question.method and contact.occurred_at > edge
    ]
    if not near:
        return None
    newest = max(near, key=lambda contact: contact.occurred_at)
    return about_contact(Rule.OTHER_METHOD, Answer.ALLOW, question, facts, newest)


def within(facts: Facts, method: str, window: timedelta) -> list[Previous]:
    """Outbound contacts closer to the moment asked about than the window, newest first."""
    first, last = facts.moment - window, facts.moment + window
    later = [contact for contact in reversed(facts.later[method]) if contact.occurred_at < last]
    return later + [contact for contact in facts.earlier[method] if contact.occurred_at > first]


# In the order they are shown: what refuses, what asks for a reason, what only informs.
RULES = [do_not_contact, cooldown, unseen, recent, similar, claimed, organization, other_method]
