"""The many leads without a part in the plot: contacted, answering, silent or forgotten, by chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from crm.models import User
from leads.methods import ContactMethod
from leads.models import LeadStatus
from outreach.demo.cast import Cast
from outreach.demo.names import SHARED, Organization
from outreach.demo.people import DemoPeople
from outreach.demo.person import DemoPerson, author_of
from outreach.demo.story import Story
from outreach.demo.texts import ANSWERS, FIRST_WORDS, LATER_WORDS, OVERRIDE_REASONS, REPLIES, DemoText
from outreach.guard.verdict import Answer
from outreach.models import ContactAttempt


@dataclass(frozen=True)
class Course:
    """How contacts with a lead go. Each pair is a span to draw from.

    share: how often this course is drawn, beside the others; contacts: how many; pause: days between two of them;
    ended: how many days ago they ended.
    """

    share: int
    contacts: tuple[int, int]
    pause: tuple[float, float]
    ended: tuple[int, int] = (0, 0)


COURSES = [
    Course(share=12, contacts=(0, 0), pause=(1, 1)),  # nobody touched them
    Course(share=12, contacts=(1, 4), pause=(3, 8)),  # just begun
    Course(share=16, contacts=(5, 12), pause=(3, 7), ended=(20, 60)),  # given up
    Course(share=36, contacts=(11, 19), pause=(2.5, 7)),
    Course(share=32, contacts=(19, 29), pause=(1.5, 4)),
]


class Habit(NamedTuple):
    """How often a method is chosen, beside the others, how often it is answered, and how many hours that takes."""

    share: int
    answered: float
    hours: tuple[float, float]


COMMON: dict[str, Habit] = {
    ContactMethod.EMAIL: Habit(42, 0.24, (0.3, 50)),
    ContactMethod.CALL: Habit(24, 0.20, (0.2, 8)),
    ContactMethod.LINKEDIN: Habit(20, 0.18, (0.5, 70)),
    ContactMethod.SMS: Habit(8, 0.26, (0.05, 3)),
}
RARE = Habit(6, 0.15, (2, 60))
HABITS = {**COMMON, **{method: RARE for method in FIRST_WORDS if method not in COMMON}}

DAYS_TOLD = 87
STILL_GOING_ON = 0.6
BY_COLLEAGUE = 0.18
ANSWERED_IN_WORDS = 0.7  # of the answers; the others are only marked
ANSWERED_BACK = 0.75
TRIED_TOO = 0.06  # a colleague who did not know, stopped by the guard
LET_IT_BE = 0.35  # of those, who saw the dialog and closed it
WENT_AHEAD = 0.12


def tell_crowd(story: Story, cast: Cast, people: DemoPeople, size: int) -> list[DemoPerson]:
    """So many leads, each with its own course of contacts."""
    # Each course can be drawn only so often, so that every story has about the same mix.
    courses = story.rng.sample(COURSES, k=size, counts=[course.share * (1 + size // 100) for course in COURSES])
    return [
        tell_life(story, cast, people, organization_for(number, people), course)
        for number, course in enumerate(courses)
    ]


def organization_for(number: int, people: DemoPeople) -> Organization:
    """The first go to the organizations with several leads."""
    return SHARED[number % len(SHARED)] if number < 3 * len(SHARED) else next(people.organizations)


def tell_life(story: Story, cast: Cast, people: DemoPeople, organization: Organization, course: Course) -> DemoPerson:
    rng = story.rng
    owner = rng.choices([*cast.people, None], [4, 4, 1, 1][: len(cast.people)] + [1])[0]
    amount, ended = rng.randint(*course.contacts), rng.randint(*course.ended)
    until = story.now - timedelta(days=ended)
    at = first_day(cast, rng, amount * sum(course.pause) / 2, ended)
    person = people.somebody(organization, owner, at - timedelta(days=rng.uniform(0.2, 9)))
    person.texts_used = rng.randrange(100)
    tell_contacts(person, cast, owner or rng.choice(cast.people), amount, course.pause, at, until)
    settle_status(person, rng, given_up=ended > 0)
    return person


def first_day(cast: Cast, rng: Random, length: float, ended: int) -> datetime:
    """When contacts begin: mostly so that they fill the time until they ended, otherwise in any week."""
    if rng.random() < STILL_GOING_ON:
        ago = ended + length * rng.uniform(0.75, 1.1) + 1
    else:
        ago = rng.uniform(ended + 1, DAYS_TOLD)
    at = cast.hours.that_day(cast.hours.now - timedelta(days=min(ago, DAYS_TOLD)), rng)
    return at if at < cast.hours.now else cast.hours.that_day(at - timedelta(days=7), rng)


def tell_contacts(
    person: DemoPerson,
    cast: Cast,
    rep: User,
    amount: int,
    pause: tuple[float, float],
    at: datetime,
    until: datetime,
) -> None:
    rng = person.story.rng
    for _ in range(amount):
        if at >= until:
            return
        user = rng.choice(cast.people) if rng.random() < BY_COLLEAGUE else rep
        attempt = reach_out(person, user, at)
        if attempt is not None:
            maybe_try_too(person, cast, attempt)
            maybe_answer(person, cast, attempt)
        at = cast.hours.that_day(max(at, person.last_at or at) + timedelta(days=rng.uniform(*pause)), rng)
        at = max(at, (person.last_at or at) + timedelta(minutes=20))


def reach_out(person: DemoPerson, user: User, at: datetime) -> ContactAttempt | None:
    """A contact by the first method, in the rep's order, that the guard allows; now and then against its warning."""
    rng = person.story.rng
    for method in preferred(rng):
        verdict = person.ask(user, method, at)
        if verdict.answer == Answer.ALLOW:
            return say(person, user, method, at)
        if verdict.answer == Answer.WARN and rng.random() < WENT_AHEAD:
            return say(person, user, method, at, reason=rng.choice(OVERRIDE_REASONS))
    return None


def maybe_try_too(person: DemoPerson, cast: Cast, attempt: ContactAttempt) -> None:
    """A colleague is about to contact the same person the same way, and the guard stops them in time."""
    rng = person.story.rng
    at = cast.hours.settle(attempt.occurred_at + timedelta(minutes=rng.randint(3, 600)), rng)
    colleague = rng.choice(cast.people)
    if rng.random() < TRIED_TOO and colleague is not attempt.user and at < person.story.now:
        stop = person.look if rng.random() < LET_IT_BE else person.refuse
        stop(colleague, attempt.method, at)


def preferred(rng: Random) -> list[str]:
    """All methods, the likelier ones earlier as a rule."""
    weights = {method: habit.share for method, habit in HABITS.items()}
    return sorted(weights, key=lambda method: rng.random() ** (1 / weights[method]), reverse=True)


def say(person: DemoPerson, user: User, method: str, at: datetime, *, reason: str = "") -> ContactAttempt:
    texts = LATER_WORDS if person.ledger.contacts[method] else FIRST_WORDS
    return person.contact(user, method, at, next_text(person, texts[method]), reason=reason)


def next_text(person: DemoPerson, texts: list[DemoText]) -> DemoText:
    """A text this person has not had yet, as long as there is one."""
    person.texts_used += 1
    return texts[person.texts_used % len(texts)]


def maybe_answer(person: DemoPerson, cast: Cast, attempt: ContactAttempt) -> None:
    rng = person.story.rng
    habit = HABITS[attempt.method]
    if rng.random() >= habit.answered:
        return
    soonest, latest = habit.hours
    hours = soonest + (latest - soonest) * rng.random() ** 3
    at = cast.hours.settle(attempt.occurred_at + timedelta(hours=hours), rng)
    if at > person.story.now - timedelta(minutes=30):
        return
    if rng.random() < ANSWERED_IN_WORDS:
        answer_in_words(person, cast, attempt, at)
    else:
        person.respond(attempt, at, at + timedelta(minutes=rng.randint(1, 25)))


def answer_in_words(person: DemoPerson, cast: Cast, attempt: ContactAttempt, at: datetime) -> None:
    """The lead writes back, and mostly the rep answers soon: a conversation, which no rule blocks."""
    rng = person.story.rng
    text = rng.choice(REPLIES[attempt.method])
    person.reply(attempt, at, DemoText(text.subject or answered(attempt.subject), text.body))
    texts = ANSWERS.get(attempt.method)
    back_at = cast.hours.settle(at + timedelta(minutes=rng.randint(30, 400)), rng)
    if texts is None or rng.random() > ANSWERED_BACK or back_at > person.story.now:
        return
    author = author_of(attempt)
    if person.ask(author, attempt.method, back_at).answer == Answer.ALLOW:
        person.contact(author, attempt.method, back_at, next_text(person, texts))


def answered(subject: str) -> str:
    return subject if not subject or subject.startswith("Re: ") else f"Re: {subject}"


def settle_status(person: DemoPerson, rng: Random, *, given_up: bool) -> None:
    """The status a rep chose by hand; where nobody did, it follows from the contacts."""
    chance = rng.random()
    if person.last_at is None:
        person.choose_status(LeadStatus.ENRICHED if chance < 0.4 else LeadStatus.NEW, None)
        return
    last = max([person.last_at, *(answer.at for answer in person.ledger.answers)])
    at = min(last + timedelta(hours=1), person.story.now)
    if person.ledger.answers and chance < 0.3:
        person.choose_status(LeadStatus.CONVERTED if chance < 0.1 else LeadStatus.QUALIFIED, at)
    elif given_up and chance < 0.5:
        person.choose_status(LeadStatus.LOST, at)
