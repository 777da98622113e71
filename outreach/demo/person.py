"""One lead record of the demo and what happens to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm.models import User
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.contacts.decisions import decision_of
from outreach.demo.ledger import DemoAnswer, Ledger
from outreach.demo.names import Organization
from outreach.demo.story import ShownKey, Story
from outreach.demo.texts import DemoText
from outreach.guard.verdict import Answer, Verdict
from outreach.models import ContactAttempt, DecisionKind, Direction, RuleShown

LOGGED_AFTER = timedelta(minutes=9)


@dataclass
class DemoPerson:
    """A lead record. Contacts are added in the order they happened, each outbound one after asking the guard.

    us: the short name of the reps' company.
    """

    story: Story
    lead: Lead
    us: str
    organization: Organization
    ledger: Ledger = field(default_factory=Ledger)
    last_at: datetime | None = None
    texts_used: int = 0

    def ask(self, user: User, method: str, at: datetime) -> Verdict:
        return self.ledger.ask(self.lead, user, method, at)

    def contact(self, user: User, method: str, at: datetime, text: DemoText, *, reason: str = "") -> ContactAttempt:
        """An outbound contact. Where the guard warns, it is recorded as an override with this reason."""
        verdict = self.ask(user, method, at)
        attempt = self.record(user, method, Direction.OUTBOUND, at, at, text)
        if verdict.answer != Answer.ALLOW:
            self.decide(DecisionKind.OVERRIDDEN, verdict, user, method, reason, attempt)
        self.ledger.add(attempt)
        return attempt

    def collide(self, user: User, method: str, at: datetime, text: DemoText, *, reason: str) -> ContactAttempt:
        """An outbound contact that had happened already when it was logged, and broke a rule."""
        verdict = self.ledger.ask(self.lead, user, method, at, now=at + LOGGED_AFTER)
        attempt = self.record(user, method, Direction.OUTBOUND, at, at + LOGGED_AFTER, text)
        self.decide(DecisionKind.COLLISION, verdict, user, method, reason, attempt)
        self.ledger.add(attempt)
        return attempt

    def refuse(self, user: User, method: str, at: datetime) -> None:
        """The guard blocked a contact: only its refusal is recorded."""
        self.decide(DecisionKind.REFUSED, self.ask(user, method, at), user, method)

    def look(self, user: User, method: str, at: datetime) -> None:
        """The dialog showed what speaks against a contact, and the rep did not log one."""
        company = self.lead.company
        day = at.astimezone(ZoneInfo(company.time_zone)).date()
        for reason in self.ask(user, method, at).held:
            key = ShownKey(user.id, self.lead.id, reason.rule, day)
            row = RuleShown(
                id=self.story.new_id(at), company=company, lead=self.lead, user=user, rule=reason.rule, day=day
            )
            self.story.shown.setdefault(key, row)

    def reply(self, attempt: ContactAttempt, at: datetime, text: DemoText) -> ContactAttempt:
        """The person answers an attempt; its author records it some minutes later."""
        user = author_of(attempt)
        logged_at = min(at + timedelta(minutes=self.story.rng.randint(1, 20)), self.story.now)
        inbound = self.record(user, attempt.method, Direction.INBOUND, at, logged_at, text, attempt)
        if attempt.responded:
            self.ledger.answers.append(DemoAnswer(at, user.id))
        else:
            self.respond(attempt, at, logged_at)
        return inbound

    def respond(self, attempt: ContactAttempt, at: datetime, logged_at: datetime) -> None:
        """Mark an attempt as answered."""
        user = author_of(attempt)
        self.story.change(attempt, user, logged_at, responded=True, response_at=at, response_recorded_at=logged_at)
        self.ledger.answers.append(DemoAnswer(at, user.id))

    def void(self, attempt: ContactAttempt, at: datetime, reason: str) -> None:
        """Its author takes a contact back."""
        user = author_of(attempt)
        self.story.change(attempt, user, at, voided_at=at, voided_by=user, voided_by_name=user.name, void_reason=reason)
        self.ledger.remove(attempt)

    def do_not_contact(self, by: User, at: datetime, reason: str, method: str = "") -> None:
        """The person asked not to be contacted, at all or by this method."""
        lead = self.lead
        lead.do_not_contact, lead.do_not_contact_methods = not method, [str(method)] if method else []
        lead.do_not_contact_reason, lead.do_not_contact_by, lead.do_not_contact_at = reason, by, at

    def choose_status(self, status: str, at: datetime | None) -> None:
        """A status chosen by a rep, which contacts may raise from then on. at None: it was so from the start."""
        self.lead.status = self.lead.status_set = status
        self.lead.status_set_at = at

    def record(
        self,
        user: User,
        method: str,
        direction: str,
        at: datetime,
        logged_at: datetime,
        text: DemoText,
        in_reply_to: ContactAttempt | None = None,
    ) -> ContactAttempt:
        filled = text.filled(self.placeholders(user))
        attempt = ContactAttempt(
            id=self.story.new_id(logged_at),
            company=self.lead.company,
            lead=self.lead,
            user=user,
            user_name=user.name,
            method=method,
            direction=direction,
            subject="" if method == ContactMethod.SMS else filled.subject,
            body=filled.body,
            metadata=text.metadata(),
            in_reply_to=in_reply_to,
            occurred_at=at,
            created_at=logged_at,
        )
        self.story.attempts.append(attempt)
        self.last_at = max(at, self.last_at or at)
        return attempt

    def placeholders(self, user: User) -> dict[str, str]:
        """What each placeholder of a text stands for."""
        return {
            "first": self.lead.first_name,
            "org": self.organization.short,
            "goods": self.organization.goods,
            "me": user.first_name,
            "us": self.us,
        }

    def decide(
        self,
        kind: DecisionKind,
        verdict: Verdict,
        user: User,
        method: str,
        reason: str = "",
        attempt: ContactAttempt | None = None,
    ) -> None:
        for finding in verdict.held:
            decision = decision_of(
                finding,
                kind=kind,
                lead=self.lead,
                user=user,
                user_name=user.name,
                method=method,
                attempt=attempt,
                reason=reason,
                now=verdict.now,
            )
            decision.id = self.story.new_id(verdict.now)
            self.story.decisions.append(decision)


def author_of(attempt: ContactAttempt) -> User:
    """Every attempt of the demo has its author."""
    assert attempt.user is not None
    return attempt.user
