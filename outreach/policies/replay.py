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
from outreach.policies.replay_reading import ANSWERS, AROUND, FORMER, NEIGHBOURS, NEIGHBOURS_READ, REPLAYED, THESE, read

# Every contact is judged as of its own moment.
NONE_LATER: dict[str, list[Previous]] = {method: [] for method in METHODS}
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Said:
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
class Person:
    """All that was said to and by one person, over all its records and those it was once reached by."""

    outbound: dict[str, Said] = field(default_factory=lambda: {method: Said() for method in METHODS})
    written: Said = field(default_factory=Said)  # by any method but those spoken
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
    people: dict[UUID, Person]
    person_of: dict[UUID, UUID]
    names: dict[UUID, str]
    keys: dict[UUID, list[str]]
    neighbours: dict[str, Said]
    most: int  # of the contacts before one by the same method that any limit looks at
    # Records whose contacts count for other persons too, if they were recorded by then.
    lent: dict[UUID, dict[UUID, datetime]] = field(default_factory=lambda: defaultdict(dict))
    users: dict[UUID | str, User] = field(default_factory=dict)
    leads: dict[UUID, Lead] = field(default_factory=dict)

    def question(self, contact: Previous) -> Question:
        return Question(self.user(contact), contact.method, subject=contact.subject, body=contact.body)

    def concerned(self, lead_id: UUID, recorded_at: datetime) -> list[Person]:
        """The persons for whom what was said to a record counts."""
        own = [self.person_of[lead_id]] if lead_id in self.person_of else []
        others = (one for one, until in self.lent.get(lead_id, {}).items() if recorded_at <= until)
        return [self.people[one] for one in (*own, *others)]

    def user(self, contact: Previous) -> User:
        """Who contacted them. Nobody's history, once a user is gone, is that of a user of its own."""
        known = contact.user_id or contact.user_name
        if known not in self.users:
            own = {"id": contact.user_id} if contact.user_id else {}
            self.users[known] = User(company=self.company, first_name=contact.user_name, **own)
        return self.users[known]

    def lead(self, lead_id: UUID) -> Lead:
        if lead_id not in self.leads:
            self.leads[lead_id] = Lead(id=lead_id, first_name=self.names[lead_id])
        return self.leads[lead_id]

    def facts(self, contact: Previous) -> Facts:
        """What was known when it happened. The limits are put in by whoever asks."""
        person = self.people[self.person_of[contact.lead_id]]
        earlier = {
            method: list(islice(said.before(contact), self.most if method == contact.method else 1))
            for method, said in person.outbound.items()
        }
        last = max((found[0].occurred_at for found in earlier.values() if found), default=NEVER)
        start = bisect_right(person.answers, last, key=itemgetter(0))
        end = bisect_right(person.answers, contact.occurred_at, key=itemgetter(0))
        neighbours = self.newest_neighbour(contact)
        of_whom = {*person.records, *person.former, *(one.lead_id for one in neighbours)}
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

    def texts(self, person: Person, contact: Previous) -> list[Previous]:
        """What colleagues wrote to the person lately."""
        if len(person.writers) < 2:
            return []
        edge = contact.occurred_at - timedelta(days=settings.SIMILARITY_DAYS)
        near = takewhile(lambda one: one.occurred_at > edge, person.written.before(contact))
        return list(islice((one for one in near if one.user_id != contact.user_id), TEXTS_READ))

    def newest_neighbour(self, contact: Previous) -> list[Previous]:
        """The newest contact of a colleague with somebody else at the same organization."""
        found = [one for key in self.keys[contact.lead_id] for one in islice(self.colleagues_at(key, contact), 1)]
        return [max(found, key=place)] if found else []

    def colleagues_at(self, key: str, contact: Previous) -> Iterator[Previous]:
        own = self.person_of[contact.lead_id]
        former = self.people[own].former
        said = self.neighbours.get(key, Said())
        return (
            one
            for one in said.before(contact)
            if one.user_id != contact.user_id
            and self.person_of.get(one.lead_id, one.lead_id) != own
            and one.lead_id not in former
        )


def read_history(company: Company, policies: Sequence[Policy], *, days: int, most: int) -> History:
    """The company's newest contacts of so many days and what surrounds them, in at most seven queries."""
    rows = read(REPLAYED, company=company.id, days=days, limit=most + 1)
    return history_of(company, policies, rows[:most], is_cut=len(rows) > most)


def read_history_of(company: Company, policies: Sequence[Policy], ids: Iterable[UUID]) -> History:
    """These contacts of the company, outbound ones only, and what surrounds them, in at most seven queries."""
    return history_of(company, policies, read(THESE, ids=list(ids)), is_cut=False)


def history_of(company: Company, policies: Sequence[Policy], rows: Sequence[tuple], *, is_cut: bool) -> History:
    history = History(
        company=company, judged=[], is_cut=is_cut, people=defaultdict(Person), person_of={}, names={}, keys={},
        neighbours={}, most=max(limits.cooldown_count for policy in policies for limits in policy.methods.values()),
    )  # fmt: skip
    if rows:
        read_people(history, rows)
        read_former(history)
        read_around(history, rows, policies)
        if any(policy.organization_warns and policy.organization_days for policy in policies):
            read_neighbours(history, rows, policies)
    return history


def read_people(history: History, rows: Sequence[tuple]) -> None:
    for root, records in records_of({row[1] for row in rows}).items():
        own = min(records)
        history.person_of[root] = own
        history.person_of.update(dict.fromkeys(records, own))
        history.people[own].records = records


def read_former(history: History) -> None:
    for lead_id, former, until in read(FORMER, leads=list(history.person_of)):
        own = history.person_of[lead_id]
        if history.person_of.get(former) != own:
            history.people[own].former.add(former)
            history.lent[former][own] = max(until, history.lent[former].get(own, until))


def read_around(history: History, rows: Sequence[tuple], policies: Sequence[Policy]) -> None:
    judged, start = {row[0] for row in rows}, rows[-1][6]
    asked = {
        "leads": list({*history.person_of, *history.lent}),
        "start": start,
        "floor": start - longest_window(policies),
        "methods": METHODS,
        "most": max(history.most, TEXTS_READ),
    }
    around = sorted(read(AROUND, **asked), key=lambda row: (row[6], row[0]))
    bodies = read_bodies(history, around)
    for row in around:
        contact = take(history, row, bodies)
        for person in history.concerned(contact.lead_id, row[12]):
            add(person, contact)
    answers = read(ANSWERS, leads=asked["leads"], floor=asked["floor"])
    for lead_id, at, to, recorded_at in sorted(answers, key=itemgetter(1)):
        for person in history.concerned(lead_id, recorded_at):
            person.answers.append((at, to))
    # Person by person: the texts that are compared with each other are made ready once.
    history.judged = [one for person in history.people.values() for one in judged_of(person, judged)]


def add(person: Person, contact: Previous) -> None:
    person.outbound[contact.method].add(contact)
    if contact.method not in SPOKEN:
        person.written.add(contact)
        person.writers.add(contact.user_id)


def judged_of(person: Person, judged: set[UUID]) -> Iterator[Previous]:
    """Only the person's own: what counts for it besides is judged as another's."""
    said = (one for by_method in person.outbound.values() for one in by_method.contacts)
    own = (one for one in said if one.id in judged and one.lead_id not in person.former)
    return iter(sorted(own, key=place))


def read_bodies(history: History, around: Iterable[tuple]) -> dict[UUID, str]:
    """The texts to compare: of persons to whom more than one rep wrote."""
    written: dict[int, list[tuple]] = defaultdict(list)
    for row in around:
        if row[4] not in SPOKEN:
            for person in history.concerned(row[1], row[12]):
                written[id(person)].append(row)
    wanted = list({row[0] for rows in written.values() if len({row[2] for row in rows}) > 1 for row in rows})
    statement = "SELECT id, left(body, %(most)s) FROM outreach_contactattempt WHERE id = ANY(%(ids)s)"
    return dict(read(statement, most=BODY_COMPARED, ids=wanted)) if wanted else {}


def read_neighbours(history: History, rows: Sequence[tuple], policies: Sequence[Policy]) -> None:
    days = max(policy.organization_days for policy in policies if policy.organization_warns)
    keys = sorted({key for row in rows for key in row[11]})
    asked = {"company": history.company.id, "keys": keys, "limit": NEIGHBOURS_READ}
    found = read(NEIGHBOURS, floor=rows[-1][6] - timedelta(days=days), **asked) if keys else []
    for row in reversed(found):
        contact = take(history, row, {})
        for key in row[11]:
            history.neighbours.setdefault(key, Said()).add(contact)


def take(history: History, row: tuple, bodies: dict[UUID, str]) -> Previous:
    history.names[row[1]], history.keys[row[1]] = row[10], row[11]
    return Previous(
        id=row[0], lead_id=row[1], user_id=row[2], user_name=row[3], method=row[4], direction=row[5],
        occurred_at=row[6], responded=row[7], response_at=row[8], subject=row[9], body=bodies.get(row[0], ""),
    )  # fmt: skip


def longest_window(policies: Sequence[Policy]) -> timedelta:
    every = [limits for policy in policies for limits in policy.methods.values()]
    hours = max(max(limits.cooldown_hours, 24 * limits.warning_days) for limits in every)
    return max(timedelta(hours=hours), timedelta(days=settings.SIMILARITY_DAYS))
