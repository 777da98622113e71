"""The marks under a timeline entry: what the guard had against it, who wrote after it all the same, and what a manager
said to that, for both reps to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from crm.models import short_name
from leads.methods import ContactMethod
from outreach.models import ContactAttemptQuerySet, DecisionKind, GuardDecision, ReviewVerdict, Rule

Decided = Mapping[str, str]

MARK_TITLES = {DecisionKind.OVERRIDDEN: "Logged anyway.", DecisionKind.COLLISION: "Collision."}
ABOUT_OTHERS = [rule for rule in Rule if rule.words.about_others]
TOO_TITLES = {DecisionKind.OVERRIDDEN: "logged anyway", DecisionKind.COLLISION: "recorded as a collision"}


@dataclass(frozen=True)
class Mark:
    """What the guard decided about an entry. review: "Mona Fischer: not acceptable — «Read the timeline first»"."""

    kind: str
    title: str
    words: str
    review: str = ""


def with_decisions(attempts: ContactAttemptQuerySet) -> ContactAttemptQuerySet:
    """Attempts with what was decided about them and about later ones, as `marks` takes it, in the same query."""
    about = GuardDecision.objects.filter(attempt_id=OuterRef("pk"))
    # A colleague's contact with somebody else at the organization is no second one with this person.
    later = GuardDecision.objects.filter(
        earlier_attempt_id=OuterRef("pk"), attempt__isnull=False, attempt__voided_at__isnull=True
    ).exclude(rule__in=ABOUT_OTHERS)
    return attempts.annotate(decided=as_list(about), decided_later=as_list(later))


def as_list(decisions: QuerySet[GuardDecision]) -> ArraySubquery:
    return ArraySubquery(
        decisions.order_by("created_at", "id").values(
            json=JSONObject(
                kind="kind",
                method="method",
                sentence="sentence",
                reason="reason",
                user_name="user_name",
                attempt="attempt_id",
                earlier="earlier_attempt_id",
                is_before=Q(attempt__occurred_at__lt=F("earlier_attempt__occurred_at")),
                review="review",
                review_note="review_note",
                reviewed_by="reviewed_by_name",
            )
        )
    )


def marks(decided: list[Decided], decided_later: list[Decided]) -> list[Mark]:
    """Of the rules an entry broke the gravest, which was stored first: one mark for each earlier contact, one for each
    later one. The review is said once."""
    about = {decision["earlier"]: decision for decision in reversed(decided)}
    later = {decision["attempt"]: decision for decision in reversed(decided_later)}
    own = [own_mark(decision, is_last=not number) for number, decision in enumerate(about.values())]
    return [*reversed(own), *(too_mark(decision) for decision in reversed(later.values()))]


def own_mark(decision: Decided, *, is_last: bool) -> Mark:
    return Mark(
        kind=decision["kind"],
        title=MARK_TITLES[decision["kind"]],
        words=f"{decision['sentence']} {reason(decision)}",
        review=review_words(decision) if is_last else "",
    )


def too_mark(decision: Decided) -> Mark:
    """ "Bob Smith emailed after this, logged anyway." under the entry of the rep who was first."""
    done = ContactMethod(decision["method"]).words.done
    # Logged late, it may have happened before the one it was held against.
    order = "before" if decision["is_before"] else "after"
    return Mark(
        kind=decision["kind"],
        title=f"{decision['user_name']} {done} {order} this, {TOO_TITLES[decision['kind']]}.",
        words=reason(decision),
        review=review_words(decision),
    )


def reason(decision: Decided) -> str:
    return f"{short_name(decision['user_name'])}’s reason: “{decision['reason']}”"


def review_words(decision: Decided) -> str:
    """ "Mona Fischer: accepted", "Mona Fischer: not acceptable — «Read the timeline first»"."""
    if not decision["review"]:
        return ""
    note = f" — «{decision['review_note']}»" if decision["review_note"] else ""
    return f"{decision['reviewed_by']}: {ReviewVerdict(decision['review']).label.lower()}{note}"
