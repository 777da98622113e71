"""The guard's policy once more, as plainly as it can be said: lists in memory, walked from end to end.

It knows nothing of the product's code and none of its SQL. tests/guard/test_model.py holds the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

JUST_NOW = timedelta(minutes=2)
DEFAULTS = {
    "email": (24, 1, 7),
    "linkedin": (0, 1, 7),
    "call": (0, 1, 7),
    "sms": (0, 1, 7),
    "other": (0, 1, 7),
}


@dataclass
class Contact:
    """One contact as it was recorded."""

    id: object
    record: int
    user: str
    method: str
    outbound: bool
    at: datetime
    recorded: datetime
    step: int
    answers: Contact | None = None  # which of ours this message of theirs answers
    response: datetime | None = None
    response_recorded: datetime | None = None
    voided: bool = False


@dataclass
class Record:
    """A lead: how it is reached now and was once, and what its person asked for."""

    company: str
    reached_by: list[str] = field(default_factory=list)
    given_up: list[tuple[str, datetime]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)  # methods, or "whole"
    refused_at: datetime | None = None
    deleted: bool = False


@dataclass
class NaiveVerdict:
    """What the guard should say: which rules hold the contact back, each with the contact it speaks of."""

    rules: dict[str, Contact | None]
    past: bool
    allowed_from: datetime | None = None

    @property
    def blocks(self) -> bool:
        return "do_not_contact" in self.rules or "cooldown" in self.rules


@dataclass
class Naive:
    """All that was recorded in one world of two companies. whose: the mailbox or phone line behind each address."""

    whose: dict[str, str]
    records: list[Record] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    limits: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)
    former_limits: list[tuple[str, str, int, int, datetime]] = field(default_factory=list)

    # Who is one person

    def lines(self, record: int) -> set[str]:
        return {self.whose[address] for address in self.records[record].reached_by}

    def person(self, record: int) -> set[int]:
        """All records of the company that share a line with this one, or with one that does."""
        found, size = {record}, 0
        while len(found) > size:
            size = len(found)
            lines = set().union(*(self.lines(one) for one in found))
            for other, row in enumerate(self.records):
                if row.company == self.records[record].company and lines & self.lines(other):
                    found.add(other)
        return found

    def once_reached(self, record: int) -> dict[int, datetime]:
        """Records that somebody else took a line of this person from: their history counts up to then."""
        person = self.person(record)
        lines = set().union(*(self.lines(one) for one in person))
        found: dict[int, datetime] = {}
        for other, row in enumerate(self.records):
            ends = [until for address, until in row.given_up if self.whose[address] in lines]
            if other not in person and row.company == self.records[record].company and ends:
                found[other] = max(ends)
        return found

    def counts(self, record: int, contact: Contact, recorded: datetime) -> bool:
        """Whether something recorded about this contact at that time belongs to the record's person."""
        until = self.once_reached(record).get(contact.record)
        return contact.record in self.person(record) or (until is not None and recorded <= until)

    def history(self, record: int) -> list[Contact]:
        return [one for one in self.contacts if not one.voided and self.counts(record, one, one.recorded)]

    # What the guard should say

    def judge(self, record: int, user: str, method: str, now: datetime, at: datetime, seen: int | None) -> NaiveVerdict:
        """seen: the step after which the page was rendered; None without a page."""
        past = at <= now - JUST_NOW
        asked = at if past else now
        ours = [one for one in self.history(record) if one.outbound]
        rules: dict[str, Contact | None] = {}
        if self.refused(record, method):
            rules["do_not_contact"] = None
        allowed_from = None
        if not self.may_reply(record, user, asked):
            hours, count, days = self.limit(record, method)
            closed = [self.closed(ours, method, asked, hours, count, both_ways=True)]
            for company, of, former_hours, former_count, until in self.former_limits:
                lately = until > now - timedelta(hours=former_hours)
                if (company, of) == (self.records[record].company, method) and lately:
                    known = [one for one in ours if one.recorded < until]
                    closed.append(self.closed(known, method, asked, former_hours, former_count, both_ways=False))
            ends = [found for found in closed if found]
            if ends:
                allowed_from, rules["cooldown"] = max(ends, key=lambda found: found[0])
            near = self.near(ours, method, asked, timedelta(days=days), both_ways=True)
            if near:
                rules["recent"] = near[-1]
        news = [one for one in self.contacts if one.record in self.person(record) and not one.voided]
        news = [one for one in news if seen is not None and one.step > seen]
        if news:
            rules["unseen"] = news[-1]
        return NaiveVerdict(rules, past, None if past else allowed_from)

    def limit(self, record: int, method: str) -> tuple[int, int, int]:
        return self.limits.get((self.records[record].company, method), DEFAULTS[method])

    def near(
        self, ours: list[Contact], method: str, at: datetime, window: timedelta, *, both_ways: bool
    ) -> list[Contact]:
        """Contacts by this method that lie less than the window apart from the moment, oldest first."""
        found = [one for one in ours if one.method == method and at - window < one.at < at + window]
        return sorted((one for one in found if both_ways or one.at <= at), key=lambda one: one.at)

    def closed(
        self, ours: list[Contact], method: str, at: datetime, hours: int, count: int, *, both_ways: bool
    ) -> tuple[datetime, Contact] | None:
        """Until when a limit is reached and by which contact last; None when it admits one more."""
        near = self.near(ours, method, at, timedelta(hours=hours), both_ways=both_ways)
        if len(near) < count:
            return None
        return near[-count].at + timedelta(hours=hours), near[-1]

    def may_reply(self, record: int, user: str, at: datetime) -> bool:
        """The person answered this user, and nobody has written since."""
        ours = [one.at for one in self.history(record) if one.outbound and one.at <= at]
        return any(to == user and when <= at and all(when > sent for sent in ours) for when, to in self.answers(record))

    def answers(self, record: int) -> list[tuple[datetime, str]]:
        found = []
        for one in self.contacts:
            if one.voided:
                continue
            if one.response and self.counts(record, one, one.response_recorded):
                found.append((one.response, one.user))
            if not one.outbound and self.counts(record, one, one.recorded):
                found.append((one.at, one.answers.user if one.answers else one.user))
        return found

    def refused(self, record: int, method: str) -> bool:
        return any(self.records[one].refuses & {method, "whole"} for one in self.person(record))

    # What people change

    def reach(self, record: int, addresses: list[str], now: datetime) -> None:
        row = self.records[record]
        row.given_up += [(address, now) for address in row.reached_by if address not in addresses]
        row.reached_by = addresses
        self.share_wishes(record)

    def share_wishes(self, record: int) -> None:
        """What is known of the person holds on each of the records, also what was asked before a line was given up."""
        person, once = self.person(record), self.once_reached(record)
        known = [self.records[one] for one in person]
        known += [self.records[one] for one in once if self.refused_before(one, once[one])]
        refuses = set().union(*(row.refuses for row in known))
        told = max((row.refused_at for row in known if row.refuses), default=None)
        for row in (self.records[one] for one in person):
            if row.refuses != refuses:
                row.refuses, row.refused_at = set(refuses), told

    def refused_before(self, record: int, until: datetime) -> bool:
        at = self.records[record].refused_at
        return at is not None and at <= until

    def refuse(self, record: int, methods: set[str], now: datetime) -> None:
        for one in self.person(record):
            self.records[one].refuses = set(methods)
            self.records[one].refused_at = now if methods else None

    def limit_to(self, company: str, method: str, limit: tuple[int, int, int], now: datetime) -> None:
        was = self.limits.get((company, method), DEFAULTS[method])
        if was != limit:
            self.former_limits.append((company, method, was[0], was[1], now))
            self.limits[(company, method)] = limit

    # What a lead's page should sum up

    def summary(self, record: int) -> tuple[object, ...]:
        own = [one for one in self.contacts if one.record == record and not one.voided]
        responses = [one.response for one in own if one.response]
        status = "conversing" if responses else "contacted" if own else "new"
        if not own:
            return 0, None, None, None, None, status
        last = max(own, key=lambda one: (one.at, one.recorded))
        return len(own), last.at, last.method, last.user, max(responses, default=None), status
