"""The report once more, in plain Python from rows in memory: slow, obvious, and without the code it is to prove."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from statistics import fmean, median
from zoneinfo import ZoneInfo

from leads.models import Lead, LeadIdentifier
from outreach.models import ContactAttempt, ContactPolicy, GuardDecision


class Recount:
    """All rows of a company, counted one by one for days from first to last by the zone's calendar."""

    def __init__(self, company, first: date, last: date, *, method="", rep=None, direction="outbound") -> None:
        self.zone = ZoneInfo(company.time_zone)
        self.first, self.last, self.method, self.rep, self.direction = first, last, method, rep, direction
        self.before_first = first - (last - first + timedelta(days=1))
        self.live = list(ContactAttempt.objects.filter(company=company, voided_at=None).order_by("occurred_at", "id"))
        self.decisions = list(GuardDecision.objects.filter(company=company).select_related("attempt"))
        self.hours = dict(ContactPolicy.objects.filter(company=company).values_list("method", "cooldown_hours"))
        self.person = persons(company)
        self.now = [one for one in self.live if self.fits(one) and self.first <= self.day(one.occurred_at) <= self.last]
        self.before = [one for one in self.live if self.fits(one) and self.was_before(one.occurred_at)]

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def was_before(self, at: datetime) -> bool:
        return self.before_first <= self.day(at) < self.first

    def fits(self, one) -> bool:
        by_rep = self.rep is None or one.user_id == self.rep
        return by_rep and self.method in ("", one.method) and self.direction in ("", one.direction)

    def numbers(self, attempts) -> tuple:
        """Contacts, answers, rate, average hours."""
        times = [(one.response_at - one.occurred_at).total_seconds() for one in attempts if one.responded]
        rate = round(100 * len(times) / len(attempts), 2) if attempts else None
        return len(attempts), len(times), rate, round(fmean(times) / 3600, 2) if times else None

    def median_hours(self, attempts) -> float | None:
        times = [(one.response_at - one.occurred_at).total_seconds() for one in attempts if one.responded]
        return round(median(times) / 3600, 2) if times else None

    def grouped(self, key) -> dict:
        groups = defaultdict(list)
        for one in self.now:
            groups[key(one)].append(one)
        return groups

    def people(self, attempts) -> tuple[int, int]:
        met = {self.person[one.lead_id] for one in attempts}
        return len(met), len({self.person[one.lead_id] for one in attempts if one.responded})

    def first_contacts(self) -> list:
        met, found = set(), set()
        for one in self.live:
            if one.direction == "outbound" and self.person[one.lead_id] not in met:
                met.add(self.person[one.lead_id])
                found.add(one.id)
        return [one for one in self.now if one.id in found]

    def later(self) -> list:
        first = {one.id for one in self.first_contacts()}
        return [one for one in self.now if one.direction == "outbound" and one.id not in first]

    def answers_at(self) -> Counter:
        local = [one.response_at.astimezone(self.zone) for one in self.now if one.responded]
        return Counter((at.isoweekday(), at.hour) for at in local)

    def decided(self, *, before=False) -> list:
        days = self.was_before if before else lambda at: self.first <= self.day(at) <= self.last
        fitting = (one for one in self.decisions if self.method in ("", one.method))
        return [one for one in fitting if days(one.created_at) and self.rep in (None, one.user_id)]

    def score(self, decided) -> tuple[int, int, int]:
        """Prevented, logged anyway, collisions."""
        prevented = {(d.user_id, d.lead_id, d.method, self.day(d.created_at)) for d in decided if self.was_prevented(d)}
        live = [d for d in decided if d.attempt_id and d.attempt.voided_at is None]
        kinds = [{d.attempt_id for d in live if d.kind == kind} for kind in ("overridden", "collision")]
        return len(prevented), *map(len, kinds)

    def score_parts(self, decided) -> tuple[int, int, int, int]:
        """Of what was prevented: refused by a rule that blocks, left alone after a warning; of what was logged anyway:
        after a warning, over a block."""
        limits = ("do_not_contact", "cooldown")
        prevented, overridden = defaultdict(list), defaultdict(list)
        for one in decided:
            if self.was_prevented(one):
                prevented[one.user_id, one.lead_id, one.method, self.day(one.created_at)].append(one.rule in limits)
            if one.kind == "overridden" and one.attempt.voided_at is None:
                overridden[one.attempt_id].append(one.rule in limits)
        refused, over = sum(map(any, prevented.values())), sum(map(any, overridden.values()))
        return refused, len(prevented) - refused, len(overridden) - over, over

    def was_prevented(self, decision) -> bool:
        until = decision.created_at + timedelta(hours=self.hours.get(decision.method, 0) or 24)
        return decision.kind == "refused" and not any(
            one.lead_id == decision.lead_id and one.user_id and one.user_id == decision.user_id
            and one.method == decision.method
            and one.direction == "outbound" and decision.created_at <= one.occurred_at < until
            for one in self.live
        )  # fmt: skip


def persons(company) -> dict:
    """Each lead's person: leads are joined until no identifier crosses two persons any more."""
    person = {lead: {lead} for lead in Lead.objects.filter(company=company).values_list("id", flat=True)}
    shared = defaultdict(set)
    for one in LeadIdentifier.objects.filter(company=company):
        shared[one.kind, one.person_key].add(one.lead_id)
    for leads in shared.values():
        joined = frozenset().union(*(person[lead] for lead in leads))
        for lead in joined:
            person[lead] = joined
    return {lead: frozenset(records) for lead, records in person.items()}
