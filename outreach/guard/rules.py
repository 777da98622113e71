"""One small function per rule: what it finds in the facts, as a reason or nothing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from outreach.guard import sentences
from outreach.guard.facts import Facts
from outreach.guard.question import Question
from outreach.guard.verdict import Answer, Previous, Reason
from outreach.models import Rule


def do_not_contact(question: Question, facts: Facts) -> Reason | None:
    """The person asked not to be contacted at all or by this method. Nobody overrides it."""
    if not facts.lead.forbids(question.method):
        return None
    return Reason(Rule.DO_NOT_CONTACT, Answer.BLOCK, partial(sentences.do_not_contact, question, facts))


def cooldown(question: Question, facts: Facts) -> Reason | None:
    """As many outbound contacts by this method as the policy admits lie within its hours."""
    limits = facts.limits[question.method]
    near = within(facts, question.method, timedelta(hours=limits.hours))
    if limits.hours == 0 or len(near) < limits.count or facts.may_reply(question.user.id):
        return None
    ends = near[limits.count - 1].occurred_at + timedelta(hours=limits.hours)
    return Reason(
        Rule.COOLDOWN,
        Answer.BLOCK,
        partial(sentences.cooldown, question, facts, near[0], limits, ends),
        previous=near[0],
        allowed_from=None if question.past else ends,
    )


def recent(question: Question, facts: Facts) -> Reason | None:
    """There was an outbound contact by this method within the warning window, one's own included."""
    limits = facts.limits[question.method]
    near = within(facts, question.method, timedelta(days=limits.days))
    if limits.days == 0 or not near or facts.may_reply(question.user.id):
        return None
    return Reason(
        Rule.RECENT,
        Answer.WARN,
        partial(sentences.contacted, question, facts, near[0]),
        previous=near[0],
        allowed_from=near[0].occurred_at + timedelta(days=limits.days),
    )


def unseen(question: Question, facts: Facts) -> Reason | None:
    """Something was recorded for this person after the page being submitted was rendered."""
    if not question.unseen:
        return None
    newest = question.unseen[0]
    return Reason(Rule.UNSEEN, Answer.WARN, partial(sentences.unseen, question, facts, newest), previous=newest)


def other_method(question: Question, facts: Facts) -> Reason | None:
    """The person was contacted another way within this method's warning window: a note only."""
    days = max(facts.limits[question.method].days, 1)
    edge = facts.asked - timedelta(days=days)
    found = [
        previous
        for method, earlier in facts.earlier.items()
        for previous in earlier[:1]
        if method != question.method and previous.occurred_at > edge
    ]
    if not found:
        return None
    newest = max(found, key=lambda previous: previous.occurred_at)
    return Reason(
        Rule.OTHER_METHOD, Answer.ALLOW, partial(sentences.contacted, question, facts, newest), previous=newest
    )


def within(facts: Facts, method: str, window: timedelta) -> list[Previous]:
    """Outbound contacts closer to the moment asked about than the window, newest first."""
    near = [p for p in facts.later[method] if p.occurred_at < facts.asked + window]
    near.reverse()
    return near + [p for p in facts.earlier[method] if p.occurred_at > facts.asked - window]


# In the order they are shown: what refuses, what asks for a reason, what only informs.
RULES = [do_not_contact, cooldown, unseen, recent, other_method]
