"""A company's last weeks in memory: what the guard would have known at the moment of each contact.

Read in a few queries whose number does not grow; the rules themselves are the guard's own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from operator import itemgetter
from uuid import UUID

from django.conf import settings

from crm.models import Company, User
from leads.methods import METHODS, SPOKEN
from leads.models import Lead
from leads.person.records import records_of
from outreach.guard import Previous, Question
from outreach.guard.facts import Facts
from outreach.guard.reading import BODY_COMPARED, TEXTS_READ
from outreach.policies.policy import Policy
from outreach.policies.replay_reading import (
    ANSWERS,
    AROUND,
    BODIES,
    FORMER,
    NEIGHBOURS,
    NEIGHBOURS_READ,
    REPLAYED,
    THESE,
    BodyRow,
    LentRow,
    ReplayedAnswer,
    ReplayedRow,
    read,
)

# Every contact is judged as of its own moment.
NONE_LATER: dict[str, list[Previous]] = {method: [] for method in METHODS}
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class ContactsInOrder:
    """Contacts in the order they happened, found by a moment."""

    contacts: list[Previous] = field(default_factory=list)
    places: list[tuple[datetime, UUID]] = field(default_factory=list)

    def add(self, contact: Previous) -> None:
        self.contacts.append(contact)
        self.places.append(place(contact))

    def before(self, contact: Previous) -> Iterator[Previous]:
        """Those before this one, newest first."""
        end = bisect_left(self.places, place(contact))
        return (self.contacts[index] for index in range(end - 1, -1, -1))

    def after(self, contact: Previous) -> Iterator[Previous]:
        """Those after this one, oldest first."""
        return islice(self.contacts, bisect_right(self.places, place(contact)), None)


def place(contact: Previous) -> tuple[datetime, UUID]:
    return contact.occurred_at, contact.id


@dataclass
class PersonHistory:
    """All that was said to and by one person, over all its records and those it was once reached by."""

    outbound: dict[str, ContactsInOrder] = field(default_factory=lambda: {m: ContactsInOrder() for m in METHODS})
    written: ContactsInOrder = field(default_factory=ContactsInOrder)  # by any method but those spoken
    writers: set[UUID | None] = field(default_factory=set)
    answers: list[tuple[datetime, UUID | None]] = field(default_factory=list)  # oldest first
    records: list[UUID] = field(default_factory=list)
    former: set[UUID] = field(default_factory=set)  # other persons' records


@dataclass
class History:
    """The contacts to judge, and what surrounds them."""

    company: Company
    judged: list[Previous]  # person by person, in time order
    is_cut: bool
    people: dict[UUID, PersonHistory]
    person_of: dict[UUID, UUID]
    names: dict[UUID, str]
    keys: dict[UUID, list[str]]
    neighbours: dict[str, ContactsInOrder]
    most: int  # of the contacts before one by the same method that any limit looks at
    # Records whose contacts count for other persons too, if they were recorded by then.
    lent: dict[UUID, dict[UUID, datetime]] = field(default_factory=lambda: defaultdict(dict))
    users: dict[UUID | str, User] = field(default_factory=dict)
    leads: dict[UUID, Lead] = field(default_factory=dict)

    def question(self, contact: Previous) -> Question:
        return Question(self.user(contact), contact.method, subject=contact.subject, body=contact.body)

    def concerned(self, lead_id: UUID, recorded_at: datetime) -> list[PersonHistory]:
        """The persons for whom what was said to a record counts."""
        own = [self.person_of[lead_id]] if lead_id in self.person_of else []
        others = (person for person, until in self.lent.get(lead_id, {}).items() if recorded_at <= until)
        return [self.people[person] for person in (*own, *others)]

    def user(self, contact: Previous) -> User:
        """Who contacted them. Nobody's history, once a user is gone, is that of a user of its own."""
        key = contact.user_id or contact.user_name
        if key not in self.users:
            user = User(company=self.company, first_name=contact.user_name)
            user.id = contact.user_id or user.id
            self.users[key] = user
        return self.users[key]

    def lead(self, lead_id: UUID) -> Lead:
        if lead_id not in self.leads:
            self.leads[lead_id] = Lead(id=lead_id, first_name=self.names[lead_id])
        return self.leads[lead_id]

    def facts(self, contact: Previous) -> Facts:
        """What was known when it happened. The limits are put in by whoever asks."""
        person = self.people[self.person_of[contact.lead_id]]
        earlier = {
            method: list(islice(contacts.before(contact), self.most if method == contact.method else 1))
            for method, contacts in person.outbound.items()
        }
        last = max((contacts[0].occurred_at for contacts in earlier.values() if contacts), default=NEVER)
        start = bisect_right(person.answers, last, key=itemgetter(0))
        end = bisect_right(person.answers, contact.occurred_at, key=itemgetter(0))
        neighbours = self.newest_neighbour(contact)
        of_whom = {*person.records, *person.former, *(neighbour.lead_id for neighbour in neighbours)}
        return Facts(
            lead=self.lead(contact.lead_id),
            now=contact.occurred_at,
            moment=contact.occurred_at,
            earlier=earlier,
            later=NONE_LATER,
            answers=person.answers[start:end],
            names={lead_id: self.names[lead_id] for lead_id in of_whom if lead_id in self.names},
            records=person.records,
            texts=self.texts(person, contact),
            neighbours=neighbours,
        )

    def texts(self, person: PersonHistory, contact: Previous) -> list[Previous]:
        """What colleagues wrote to the person lately."""
        if len(person.writers) < 2:
            return []
        edge = contact.occurred_at - timedelta(days=settings.SIMILARITY_DAYS)
        near = takewhile(lambda text: text.occurred_at > edge, person.written.before(contact))
        return list(islice((text for text in near if text.user_id != contact.user_id), TEXTS_READ))

    def newest_neighbour(self, contact: Previous) -> list[Previous]:
        """The newest contact of a colleague with somebody else at the same organization."""
        newest = [
            of_key for key in self.keys[contact.lead_id] for of_key in islice(self.colleagues_at(key, contact), 1)
        ]
        return [max(newest, key=place)] if newest else []

    def colleagues_at(self, key: str, contact: Previous) -> Iterator[Previous]:
        own = self.person_of[contact.lead_id]
        former = self.people[own].former
        contacts = self.neighbours.get(key, ContactsInOrder())
        return (
            earlier
            for earlier in contacts.before(contact)
            if earlier.user_id != contact.user_id
            and self.person_of.get(earlier.lead_id, earlier.lead_id) != own
            and earlier.lead_id not in former
        )


def read_history(company: Company, policies: Sequence[Policy], *, days: int, most: int) -> History:
    """The company's newest contacts of so many days and what surrounds them, in at most seven queries."""
    rows = read(ReplayedRow, REPLAYED, company=company.id, days=days, limit=most + 1)
    return history_of(company, policies, rows[:most], is_cut=len(rows) > most)


def read_history_of(company: Company, policies: Sequence[Policy], ids: Iterable[UUID]) -> History:
    """These contacts of the company, outbound ones only, and what surrounds them, in at most seven queries."""
    return history_of(company, policies, read(ReplayedRow, THESE, ids=list(ids)), is_cut=False)


def history_of(company: Company, policies: Sequence[Policy], rows: Sequence[ReplayedRow], *, is_cut: bool) -> History:
    history = History(
        company=company, judged=[], is_cut=is_cut, people=defaultdict(PersonHistory), person_of={}, names={}, keys={},
        neighbours={}, most=max(limits.cooldown_count for policy in policies for limits in policy.methods.values()),
    )  # fmt: skip
    if rows:
        read_people(history, rows)
        read_former(history)
        read_around(history, rows, policies)
        if any(policy.organization_warns and policy.organization_days for policy in policies):
            read_neighbours(history, rows, policies)
    return history


def read_people(history: History, rows: Sequence[ReplayedRow]) -> None:
    for records in records_of({row.lead_id for row in rows}).values():
        own = min(records)
        history.person_of.update(dict.fromkeys(records, own))
        history.people[own].records = records


def read_former(history: History) -> None:
    for lent in read(LentRow, FORMER, leads=list(history.person_of)):
        own = history.person_of[lent.lead_id]
        if history.person_of.get(lent.former_lead_id) != own:
            history.people[own].former.add(lent.former_lead_id)
            to = history.lent[lent.former_lead_id]
            to[own] = max(lent.until, to.get(own, lent.until))


def read_around(history: History, rows: Sequence[ReplayedRow], policies: Sequence[Policy]) -> None:
    judged, start = {row.id for row in rows}, rows[-1].occurred_at
    leads, floor = list({*history.person_of, *history.lent}), start - longest_window(policies)
    most = max(history.most, TEXTS_READ)
    around = read(ReplayedRow, AROUND, leads=leads, start=start, floor=floor, methods=METHODS, most=most)
    around.sort(key=lambda row: (row.occurred_at, row.id))
    bodies = read_bodies(history, around)
    for row in around:
        contact = take(history, row, bodies.get(row.id, ""))
        for person in history.concerned(row.lead_id, row.recorded_at):
            add(person, contact)
    answers = read(ReplayedAnswer, ANSWERS, leads=leads, floor=floor)
    for answer in sorted(answers, key=lambda answer: answer.at):
        for person in history.concerned(answer.lead_id, answer.recorded_at):
            person.answers.append((answer.at, answer.user_id))
    # Person by person: the texts that are compared with each other are made ready once.
    history.judged = [contact for person in history.people.values() for contact in judged_of(person, judged)]


def add(person: PersonHistory, contact: Previous) -> None:
    person.outbound[contact.method].add(contact)
    if contact.method not in SPOKEN:
        person.written.add(contact)
        person.writers.add(contact.user_id)


def judged_of(person: PersonHistory, judged: set[UUID]) -> Iterator[Previous]:
    """Only the person's own: what counts for it besides is judged as another's."""
    outbound = (contact for by_method in person.outbound.values() for contact in by_method.contacts)
    own = (contact for contact in outbound if contact.id in judged and contact.lead_id not in person.former)
    return iter(sorted(own, key=place))


def read_bodies(history: History, around: Iterable[ReplayedRow]) -> dict[UUID, str]:
    """The texts to compare: of persons to whom more than one rep wrote."""
    written: dict[int, list[ReplayedRow]] = defaultdict(list)
    for row in around:
        if row.method not in SPOKEN:
            for person in history.concerned(row.lead_id, row.recorded_at):
                written[id(person)].append(row)
    compared = [rows for rows in written.values() if len({row.user_id for row in rows}) > 1]
    ids = list({row.id for rows in compared for row in rows})
    return {row.id: row.body for row in read(BodyRow, BODIES, most=BODY_COMPARED, ids=ids)} if ids else {}


def read_neighbours(history: History, rows: Sequence[ReplayedRow], policies: Sequence[Policy]) -> None:
    days = max(policy.organization_days for policy in policies if policy.organization_warns)
    keys = sorted({key for row in rows for key in row.organization_keys})
    if not keys:
        return
    floor = rows[-1].occurred_at - timedelta(days=days)
    params = {"company": history.company.id, "keys": keys, "floor": floor, "limit": NEIGHBOURS_READ}
    for row in reversed(read(ReplayedRow, NEIGHBOURS, **params)):
        contact = take(history, row)
        for key in row.organization_keys:
            history.neighbours.setdefault(key, ContactsInOrder()).add(contact)


def take(history: History, row: ReplayedRow, body: str = "") -> Previous:
    history.names[row.lead_id], history.keys[row.lead_id] = row.lead_name, row.organization_keys
    return row.contact(body)


def longest_window(policies: Sequence[Policy]) -> timedelta:
    every = [limits for policy in policies for limits in policy.methods.values()]
    hours = max(max(limits.cooldown_hours, 24 * limits.warning_days) for limits in every)
    return max(timedelta(hours=hours), timedelta(days=settings.SIMILARITY_DAYS))
