"""Which contacts a manager's review page shows, in which order, and where a page ends. The address says it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Left
from django.urls import reverse
from django.utils import timezone

from crm.models import User
from crm.models.tenancy import company_id_of
from crm.pages.keyset import End, read_end, write_end
from outreach.models import DecisionKind, GuardDecision, GuardDecisionQuerySet, ReviewVerdict, Rule

PAGE_SIZE = 10
LATELY = timedelta(days=7)
LATELY_SHOWN = 5
# What stands on a card of a message; the lead's page has the rest.
BODY_SHOWN = 3_000
# Beyond it an open page counts no further what came since.
MOST_NEW = 100
# The rules that refuse: whoever got past one of them overrode a block.
BLOCKING = [rule for rule in Rule if rule.words.blocks]
RULE_WORDS = {rule: rule.words.short for rule in Rule if not rule.words.only_informs}
TABS = {"": "To review", **dict(ReviewVerdict.choices)}
# What was done; an override of a rule that blocks is told apart.
BLOCK = "block"
KINDS = {
    DecisionKind.OVERRIDDEN.value: "Logged anyway",
    BLOCK: "Block overridden",
    DecisionKind.COLLISION.value: "Collision",
}
# In full where one chooses between them: "logged anyway" in the score is both.
KIND_CHOICES = {**KINDS, DecisionKind.OVERRIDDEN.value: "Logged after a warning", BLOCK: "Logged over a block"}
FILTERS = ("user", "rule", "kind")


class ReviewFilters(forms.Form):
    """What the page's address asks for. What it cannot read counts as not given, and the page says so."""

    show = forms.ChoiceField(required=False, choices=list(TABS.items()), widget=forms.HiddenInput)
    user = forms.ModelChoiceField(label="Rep", required=False, queryset=User.objects.none(), empty_label="Everyone")
    rule = forms.ChoiceField(
        label="Rule",
        required=False,
        choices=[("", "Any rule"), *((rule, words.capitalize()) for rule, words in RULE_WORDS.items())],
    )
    kind = forms.ChoiceField(
        label="What was done", required=False, choices=[("", "Any outcome"), *KIND_CHOICES.items()]
    )
    before = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, str], *, viewer: User) -> None:
        super().__init__(data)
        self.viewer = viewer
        reps = self.fields["user"]
        assert isinstance(reps, forms.ModelChoiceField)
        reps.queryset = User.objects.filter(company_id=company_id_of(viewer))

    def filters(self) -> dict[str, Any]:
        """What could be read, by field."""
        self.is_valid()
        return self.cleaned_data

    @property
    def tab(self) -> str:
        return str(self.filters().get("show") or "")

    def narrows(self) -> bool:
        return any(self.filters().get(name) for name in FILTERS)

    def address(self, **changes: str) -> str:
        """The page with these filters, and with what is to be different."""
        values = {name: value for name, value in self.filters().items() if name != "before" and value}
        values = {name: str(value.pk) if isinstance(value, User) else value for name, value in values.items()}
        changed = {**values, **changes}
        params = {name: changed[name] for name in self.fields if changed.get(name)}
        return f"{reverse('review')}?{urlencode(params)}" if params else reverse("review")

    def place(self) -> End | None:
        """Where the page before ended; None for the first page, also when this names no place."""
        return read_end(self.filters().get("before"))


@dataclass(frozen=True)
class ReviewPage:
    """Contacts in the order they are shown, each with what the guard decided about it, gravest first.

    next: where the page ends, as the address of the next one says it; empty on the last page.
    """

    contacts: list[list[GuardDecision]]
    next: str


def read_page(filters: ReviewFilters) -> ReviewPage:
    """One page by keyset, in two queries: it costs the same at any depth."""
    heads = list(page_of(filters)[: PAGE_SIZE + 1])
    shown = heads[:PAGE_SIZE]
    last = shown[-1] if len(heads) > PAGE_SIZE else None
    return ReviewPage(
        contacts=decided_about(filters.viewer, [head.attempt_id for head in shown if head.attempt_id]),
        next=write_end(last.created_at, last.id) if last else "",
    )


def page_of(filters: ReviewFilters) -> GuardDecisionQuerySet:
    """The first decision about each contact, newest first: it stands for the contact."""
    heads = filtered(filters).filter(review=filters.tab).only("attempt_id", "created_at")
    place = filters.place()
    if place is not None:
        at, pk = place
        heads = heads.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(id__lt=pk))
    return heads.order_by("-created_at", "-id")


def count_new(filters: ReviewFilters, shown: Iterable[UUID]) -> int:
    """How many contacts of the tab a page does not show yet. Its `before` is where the page ends so far, if it does."""
    heads = filtered(filters).filter(review=filters.tab).exclude(attempt_id__in=shown)
    place = filters.place()
    if place is not None:
        at, pk = place
        heads = heads.filter(Q(created_at__gt=at) | Q(created_at=at, id__gt=pk))
    return heads.order_by()[:MOST_NEW].count()


def filtered(filters: ReviewFilters) -> GuardDecisionQuerySet:
    values, heads = filters.filters(), first_decisions(filters.viewer)
    if values.get("user"):
        heads = heads.filter(user=values["user"])
    if values.get("rule"):
        heads = heads.filter(Exists(same_contact().filter(rule=values["rule"])))
    if values.get("kind"):
        heads = heads.filter(kind_is(values["kind"]))
    return heads


def first_decisions(viewer: User) -> GuardDecisionQuerySet:
    decisions = GuardDecision.objects.visible_to(viewer).to_review()
    return decisions.exclude(Exists(same_contact().filter(id__lt=OuterRef("id"))))


def same_contact() -> GuardDecisionQuerySet:
    return GuardDecision.objects.filter(attempt_id=OuterRef("attempt_id"))


def kind_is(kind: str) -> Q:
    if kind == DecisionKind.COLLISION:
        return Q(kind=DecisionKind.COLLISION)
    broke_a_limit = Exists(same_contact().filter(rule__in=BLOCKING))
    return Q(broke_a_limit if kind == BLOCK else ~broke_a_limit, kind=DecisionKind.OVERRIDDEN)


def decided_about(viewer: User, attempt_ids: Iterable[UUID]) -> list[list[GuardDecision]]:
    """All decisions about these contacts with both messages, in one query, in the order of the ids."""
    by_attempt: dict[UUID, list[GuardDecision]] = {attempt_id: [] for attempt_id in attempt_ids}
    decisions = (
        GuardDecision.objects.visible_to(viewer)
        .to_review()
        .filter(attempt__in=list(by_attempt))
        .select_related("attempt", "earlier_attempt", "lead", "earlier_attempt__lead")
        .defer("attempt__body", "earlier_attempt__body", "attempt__metadata", "earlier_attempt__metadata")
        .annotate(body=Left("attempt__body", BODY_SHOWN), earlier_body=Left("earlier_attempt__body", BODY_SHOWN))
    )
    order = list(Rule)
    for decision in sorted(decisions, key=lambda decision: order.index(Rule(decision.rule))):
        if decision.attempt_id is not None:
            by_attempt[decision.attempt_id].append(decision)
    return list(by_attempt.values())


def read_tabs(filters: ReviewFilters) -> list[dict[str, object]]:
    """How many contacts each tab holds under these filters, in one query."""
    each = {f"tab_{code}": Count("pk", filter=Q(review=code)) for code in TABS}
    counts = filtered(filters).aggregate(**each)
    return [
        {
            "label": label,
            "count": counts[f"tab_{code}"],
            "url": filters.address(show=str(code)),
            "current": code == filters.tab,
        }
        for code, label in TABS.items()
    ]


def read_lately(viewer: User) -> list[list[GuardDecision]]:
    """What was reviewed this week, the newest first."""
    reviewed = (
        first_decisions(viewer)
        .filter(reviewed_at__gte=timezone.now() - LATELY)
        .order_by("-reviewed_at", "-id")
        .values_list("attempt_id", flat=True)[:LATELY_SHOWN]
    )
    return decided_about(viewer, list(reviewed))
