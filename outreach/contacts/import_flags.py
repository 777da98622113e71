"""Imported contacts that broke a limit: they have happened, so they are recorded, and flagged for a manager."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from uuid import UUID

from crm.models import Company, User
from leads.models import Lead
from leads.person.wishes import Wish
from outreach.contacts.decisions import decision_of
from outreach.guard import Previous, Question, Reason
from outreach.guard.facts import Facts
from outreach.guard.parts import Limits
from outreach.guard.rules import cooldown, do_not_contact
from outreach.models import ContactAttempt, DecisionKind, Direction, GuardDecision
from outreach.policies.policy import read_policy
from outreach.policies.replay import History, read_history_of

REASON = "imported"
BATCH = 1_000


def flag_collisions(company: Company, attempts: Sequence[ContactAttempt], now: datetime) -> int:
    """Store a collision for each of these new contacts that broke a limit; return how many contacts did.

    A few queries, whatever their number, and the guard's own rules. What was recorded before counts whenever it
    happened; of the contacts imported with it only those that happened before.
    """
    outbound = [attempt for attempt in attempts if attempt.direction == Direction.OUTBOUND]
    if not outbound:
        return 0
    policy = read_policy(company)
    judge = Judge(now, {attempt.id for attempt in attempts}, policy.limits)
    reasons = []
    limited = [attempt for attempt in outbound if policy.methods[attempt.method].cooldown_hours > 0]
    if limited:
        history = read_history_of(company, [policy], [attempt.id for attempt in limited])
        by_id = {attempt.id: attempt for attempt in limited}
        reasons += [(by_id[contact.id], judge.too_soon(history, contact)) for contact in history.judged]
    wishes = dated_wishes(attempt.lead_id for attempt in outbound)
    unwilling = [attempt for attempt in outbound if attempt.lead_id in wishes]
    reasons += [(attempt, judge.unwanted(attempt, *wishes[attempt.lead_id])) for attempt in unwilling]
    flagged = [collision(attempt, reason, now) for attempt, reason in reasons if reason is not None]
    GuardDecision.objects.bulk_create(flagged, batch_size=BATCH)
    return len({decision.attempt_id for decision in flagged})


def dated_wishes(lead_ids: Iterable[UUID]) -> dict[UUID, tuple[Lead, Wish]]:
    """Those of the leads whose person asked not to be contacted, and what; a wish without a time accuses nobody."""
    unwilling = Lead.objects.not_to_contact().filter(id__in=set(lead_ids), do_not_contact_at__isnull=False)
    return {lead.id: (lead, Wish.of(lead)) for lead in unwilling.select_related("company", "do_not_contact_by")}


@dataclass(frozen=True)
class Judge:
    """Asks the guard's rules about contacts as of the moments they happened."""

    now: datetime
    imported: set[UUID]
    limits: dict[str, Limits]

    def too_soon(self, history: History, contact: Previous) -> Reason | None:
        facts = replace(history.facts(contact), now=self.now, limits=self.limits)
        facts.later = {**facts.later, contact.method: list(self.later(history, contact))}
        return cooldown(replace(history.question(contact), when=contact.occurred_at), facts)

    def later(self, history: History, contact: Previous) -> Iterator[Previous]:
        """What happened after it and was here before it."""
        contacts = history.people[history.person_of[contact.lead_id]].outbound[contact.method]
        recorded = (later for later in contacts.after(contact) if later.id not in self.imported)
        return islice(recorded, self.limits[contact.method].contacts)

    def unwanted(self, attempt: ContactAttempt, lead: Lead, wish: Wish) -> Reason | None:
        if wish.at is None or attempt.occurred_at < wish.at:
            return None
        by = lead.do_not_contact_by.name if lead.do_not_contact_by else ""
        facts = Facts(lead=lead, now=self.now, moment=attempt.occurred_at, limits=self.limits, wishes=[(wish, by)])
        # Who it was makes no difference; the sentence is told in the company's time.
        anybody = User(company=lead.company)
        return do_not_contact(Question(anybody, attempt.method, when=attempt.occurred_at), facts)


def collision(attempt: ContactAttempt, reason: Reason, now: datetime) -> GuardDecision:
    return decision_of(
        reason,
        kind=DecisionKind.COLLISION,
        lead=attempt.lead,
        user=attempt.user,
        user_name=attempt.user_name,
        method=attempt.method,
        attempt=attempt,
        reason=REASON,
        now=now,
    )
