"""What happened in the last working hours, so that every state of the guard is on the list."""

from __future__ import annotations

from datetime import datetime, timedelta

from leads.methods import ContactMethod
from leads.models import BEYOND_RESPONSE, LeadStatus
from outreach.demo.cast import Cast
from outreach.demo.crowd import answered, next_text, say
from outreach.demo.person import DemoPerson
from outreach.demo.texts import REPLIES, DemoText
from outreach.guard.verdict import Answer

# By method: how many contacts, and how many minutes of work ago the last of them was.
CONTACTED: dict[ContactMethod, tuple[int, int]] = {
    ContactMethod.EMAIL: (9, 15),
    ContactMethod.CALL: (5, 52),
    ContactMethod.LINKEDIN: (4, 71),
}
ANSWERED = 4
QUIET = timedelta(days=3)


def tell_fresh(cast: Cast, crowd: list[DemoPerson]) -> None:
    """Some emails, calls and messages of today and yesterday, and a few answers waiting for a rep."""
    waiting = iter([person for person in crowd if is_waiting(person, cast.hours.now)])
    for number in range(ANSWERED):
        answer_now(next(waiting), cast.hours.worked_ago(25 + 110 * number))
    for method, (amount, last) in CONTACTED.items():
        for number in range(amount):
            contact_now(cast, next(waiting), method, last + number * 440 // amount)


def is_waiting(person: DemoPerson, now: datetime) -> bool:
    is_settled = person.lead.status_set in (*BEYOND_RESPONSE, LeadStatus.LOST)
    return not is_settled and person.last_at is not None and person.last_at < now - QUIET


def contact_now(cast: Cast, person: DemoPerson, method: ContactMethod, minutes: int) -> None:
    user = person.lead.owner or cast.people[0]
    at = cast.hours.worked_ago(minutes) + timedelta(seconds=person.story.rng.randint(0, 59))
    if person.ask(user, method, at).answer == Answer.ALLOW:
        say(person, user, method, at)


def answer_now(person: DemoPerson, at: datetime) -> None:
    """The lead answers the last email somebody sent."""
    sent = [
        attempt
        for attempt in person.story.attempts
        if attempt.lead is person.lead and attempt.method == ContactMethod.EMAIL and not attempt.is_inbound
    ]
    if sent and not sent[-1].responded:
        text = next_text(person, REPLIES[ContactMethod.EMAIL])
        person.reply(sent[-1], at, DemoText(answered(sent[-1].subject), text.body))
