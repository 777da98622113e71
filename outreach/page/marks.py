"""The marks under a timeline entry, which both reps read: the guard's decision about the contact, a colleague's contact
logged after it against the guard, and a manager's review of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from crm.models import User, short_name
from leads.methods import ContactMethod
from outreach.guard.sentences import in_one_voice
from outreach.models import ContactAttemptQuerySet, DecisionKind, GuardDecision, ReviewVerdict, Rule

ABOUT_OTHERS = [rule for rule in Rule if rule.words.about_others]
MARK_TITLES: dict[str, str] = {DecisionKind.OVERRIDDEN: "Logged anyway.", DecisionKind.COLLISION: "Collision."}
LATER_TITLES: dict[str, str] = {
    DecisionKind.OVERRIDDEN: "logged anyway",
    DecisionKind.COLLISION: "recorded as a collision",
}


class StoredDecision(TypedDict):
    """What a mark needs of a decision, as `with_decisions` reads it."""

    kind: str
    method: str
    sentence: str
    reason: str
    user_id: str | None
    user_name: str
    attempt: str
    earlier: str | None
    is_before: bool | None  # the contact happened before the one it was held against
    review: str
    review_note: str
    reviewed_by_id: str | None
    reviewed_by: str


@dataclass(frozen=True)
class Mark:
    """What the guard decided about an entry. review: "Mona Fischer: not acceptable — “Read the timeline first”"."""

    kind: str
    title: str
    words: str
    review: str = ""


def with_decisions(attempts: ContactAttemptQuerySet) -> ContactAttemptQuerySet:
    """Attempts with what was decided about them and about later ones, as `marks` takes it, in the same query."""
    own = GuardDecision.objects.filter(attempt_id=OuterRef("pk"))
    # A colleague's contact with somebody else at the organization is no second one with this person.
    later = GuardDecision.objects.filter(
        earlier_attempt_id=OuterRef("pk"), attempt__isnull=False, attempt__voided_at__isnull=True
    ).exclude(rule__in=ABOUT_OTHERS)
    annotated: ContactAttemptQuerySet = attempts.annotate(decided=as_list(own), decided_later=as_list(later))
    return annotated


def as_list(decisions: QuerySet[GuardDecision]) -> ArraySubquery:
    return ArraySubquery(
        decisions.order_by("created_at", "id").values(
            json=JSONObject(
                kind="kind",
                method="method",
                sentence="sentence",
                reason="reason",
                user_id="user_id",
                user_name="user_name",
                attempt="attempt_id",
                earlier="earlier_attempt_id",
                is_before=Q(attempt__occurred_at__lt=F("earlier_attempt__occurred_at")),
                review="review",
                review_note="review_note",
                reviewed_by_id="reviewed_by_id",
                reviewed_by="reviewed_by_name",
            )
        )
    )


def marks(decided: list[StoredDecision], decided_later: list[StoredDecision], viewer: User) -> list[Mark]:
    """One mark for each earlier contact, by the gravest rule that was broken, which was stored first; one for each
    later contact. The review stands on one of them only.

    The viewer is "you", except in the stored sentence, which is the same for everybody."""
    by_earlier = {decision["earlier"]: decision for decision in reversed(decided)}
    later = {decision["attempt"]: decision for decision in reversed(decided_later)}
    own = [own_mark(decision, viewer, is_last=not number) for number, decision in enumerate(by_earlier.values())]
    return [*reversed(own), *(later_mark(decision, viewer) for decision in reversed(later.values()))]


def own_mark(decision: StoredDecision, viewer: User, *, is_last: bool) -> Mark:
    return Mark(
        kind=decision["kind"],
        title=MARK_TITLES[decision["kind"]],
        words=f"{in_one_voice(decision['sentence'])} {reason(decision, viewer)}",
        review=review_words(decision, viewer) if is_last else "",
    )


def later_mark(decision: StoredDecision, viewer: User) -> Mark:
    """ "Bob Smith emailed after this, logged anyway." under the entry of the rep who was first."""
    done = ContactMethod(decision["method"]).words.done
    # Logged late, it may have happened before the one it was held against.
    order = "before" if decision["is_before"] else "after"
    who = "You" if decision["user_id"] == str(viewer.id) else decision["user_name"]
    return Mark(
        kind=decision["kind"],
        title=f"{who} {done} {order} this, {LATER_TITLES[decision['kind']]}.",
        words=reason(decision, viewer),
        review=review_words(decision, viewer),
    )


def reason(decision: StoredDecision, viewer: User) -> str:
    whose = "Your" if decision["user_id"] == str(viewer.id) else f"{short_name(decision['user_name'])}’s"
    return f"{whose} reason: “{decision['reason']}”"


def review_words(decision: StoredDecision, viewer: User) -> str:
    """ "Mona Fischer: accepted", "Mona Fischer: not acceptable — “Read the timeline first”"."""
    if not decision["review"]:
        return ""
    who = "You" if decision["reviewed_by_id"] == str(viewer.id) else decision["reviewed_by"]
    note = f" — “{decision['review_note']}”" if decision["review_note"] else ""
    return f"{who}: {ReviewVerdict(decision['review']).label.lower()}{note}"
