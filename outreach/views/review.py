"""The managers' page: what was logged against the guard, and their word on it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from crm.login.access import manager_required
from crm.models import Company, User
from crm.models.tenancy import company_of
from crm.pages.forms import CleanCharFormField
from crm.pages.request import SignedInRequest
from crm.pages.undo import Act, note_of
from outreach.models import REVIEW_FIELDS, ContactAttempt, GuardDecision, ReviewVerdict
from outreach.reviews.card import ReviewCard, read_card
from outreach.reviews.guard_lines import rule_lines, total_lines
from outreach.reviews.listing import ReviewFilters, count_new, decided_about, read_lately, read_page, read_tabs
from outreach.reviews.review import NOTE_MAX, review_decision
from outreach.reviews.rule_scores import read_score

MOST_SHOWN = 1_000
TOASTS = {"": "To be reviewed again", **dict(ReviewVerdict.choices)}


class VerdictForm(forms.Form):
    """due: as if nobody had reviewed it yet."""

    verdict = forms.ChoiceField(
        choices=[("due", "To review"), *ReviewVerdict.choices],
        error_messages={
            "required": "Say whether it was acceptable.",
            "invalid_choice": "Say whether it was acceptable.",
        },
    )
    note = CleanCharFormField(required=False, max_length=NOTE_MAX)

    def verdict_value(self) -> str:
        verdict = self.cleaned_data["verdict"]
        return "" if verdict == "due" else verdict


@require_GET
@vary_on_headers("HX-Request")
@manager_required
def review(request: SignedInRequest) -> HttpResponse:
    """The contacts by the filters in the address; the list alone when a filter changed, or older ones alone."""
    filters = ReviewFilters(request.GET, viewer=request.user)
    status = 200 if filters.is_valid() else 422
    if request.htmx and filters.place():
        return render(request, "outreach/review/_cards.html", cards(filters), status=status)
    if request.htmx:
        return render(request, "outreach/review/_reply.html", {**cards(filters), **around(filters)}, status=status)
    return page(request, filters, cards(filters), status=status)


def page(
    request: SignedInRequest, filters: ReviewFilters, shown: dict[str, object], *, status: int = 200
) -> HttpResponse:
    context = {**shown, **around(filters), **guard_score(company_of(request.user))}
    return render(request, "outreach/review/review.html", context, status=status)


def guard_score(company: Company) -> dict[str, object]:
    """What the guard held up; behind each number stand its rows in analytics."""
    score = read_score(company)
    return {
        "score": score,
        "totals": total_lines(score.numbers.total, rows_url),
        "rules": rule_lines(score.numbers, rows_url),
    }


def rows_url(**params: object) -> str:
    return f"{reverse('analytics_rows')}?{urlencode(params)}"


def cards(filters: ReviewFilters) -> dict[str, object]:
    page = read_page(filters)
    return {
        "cards": [read_card(decisions, filters.viewer) for decisions in page.contacts],
        "query": query(filters),
        "more_url": filters.address(before=page.next) if page.next else "",
        "newest_url": filters.address() if filters.place() else "",
        "filters": filters,
    }


def query(filters: ReviewFilters) -> str:
    return filters.address().partition("?")[2]


def around(filters: ReviewFilters) -> dict[str, object]:
    """What changes with each verdict: the tabs' counts, and what was reviewed this week."""
    lately = [] if filters.tab or filters.narrows() else read_lately(filters.viewer)
    return {
        "filters": filters,
        "tabs": read_tabs(filters),
        "lately": [read_card(decisions, filters.viewer) for decisions in lately],
    }


class ShownForm(forms.Form):
    """The cards an open page shows."""

    shown = forms.CharField(required=False, max_length=MOST_SHOWN * 37)

    def clean_shown(self) -> list[UUID]:
        try:
            return [UUID(id) for id in self.cleaned_data["shown"].split(",") if id]
        except ValueError as error:
            raise forms.ValidationError("These are no cards.") from error


@require_GET
@manager_required
def news(request: SignedInRequest) -> HttpResponse:
    """What an open page does not show yet, by its filters: a count and the way to it, so that no card moves."""
    filters, form = ReviewFilters(request.GET, viewer=request.user), ShownForm(request.GET)
    if not request.htmx:
        return redirect(filters.address())
    if not form.is_valid():
        return HttpResponse(f"shown: {' '.join(map(str, form.errors['shown']))}", status=422, content_type="text/plain")
    new = count_new(filters, form.cleaned_data["shown"])
    context = {"tabs": read_tabs(filters), "news": new, "news_url": filters.address()}
    return render(request, "outreach/review/_news_reply.html", context)


@require_POST
@manager_required
def verdict(request: SignedInRequest, attempt_id: UUID) -> HttpResponse:
    """Accept, not acceptable, or take it back; the address carries the filters of the page."""
    filters = ReviewFilters(request.GET, viewer=request.user)
    decision, before = find_card(request, attempt_id)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return show_errors(request, filters, before, form)
    try:
        review_decision(
            attempt_id=attempt_id,
            user=request.user,
            verdict=form.verdict_value(),
            note=form.cleaned_data["note"],
        )
    except ContactAttempt.DoesNotExist as error:
        raise Http404("No such contact.") from error
    after, card = find_card(request, attempt_id)
    undo = "" if review_of(after) == review_of(decision) else undo_note(request.user, after, decision)
    if not request.htmx:
        messages.success(request, f"{TOASTS[card.review]}: {before.title}", extra_tags=undo)
        return redirect(filters.address())
    return reviewed(request, filters, card, undo)


def find_card(request: SignedInRequest, attempt_id: UUID) -> tuple[GuardDecision, ReviewCard]:
    """The contact as it stands now, with one of its decisions, which all have the same review.

    Raises Http404 for a foreign one or one that broke no rule.
    """
    (decisions,) = decided_about(request.user, [attempt_id])
    if not decisions:
        raise Http404("No such contact.")
    return decisions[0], read_card(decisions, request.user)


def review_of(decision: GuardDecision) -> dict[str, object]:
    fields = [field for field in GuardDecision._meta.fields if field.name in REVIEW_FIELDS]
    return {field.attname: getattr(decision, field.attname) for field in fields}


def undo_note(user: User, after: GuardDecision, before: GuardDecision) -> str:
    facts = {"attempt": after.attempt_id, "reviewed_at": after.reviewed_at, "before": review_of(before)}
    return note_of(user, Act.REVIEWED, **facts)


def reviewed(request: SignedInRequest, filters: ReviewFilters, card: ReviewCard, undo: str) -> HttpResponse:
    """The card leaves the tab it no longer belongs to."""
    context = {
        **around(filters),
        "text": f"{TOASTS[card.review]}: {card.title}",
        "current": card.id,
        "card": card if card.review == filters.tab else None,
        "query": query(filters),
        "undo": undo,
        "undo_query": query(filters),
    }
    return render(request, "outreach/review/_reviewed.html", context)


def show_undone(request: SignedInRequest, attempt_id: UUID, text: str, *, status: int) -> HttpResponse:
    """The list as it is once a verdict was taken back, with its card as the current one."""
    filters = ReviewFilters(request.GET, viewer=request.user)
    context = {**cards(filters), **around(filters), "undone": True, "current": attempt_id, "text": text}
    return render(request, "outreach/review/_reviewed.html", context, status=status)


def show_errors(
    request: SignedInRequest, filters: ReviewFilters, before: ReviewCard, form: VerdictForm
) -> HttpResponse:
    """The card as it was filled in, with what is wrong."""
    card = replace(before, note=form.data.get("note", ""))
    shown = {"query": query(filters), "errors": form.errors, "failed": card.id}
    if request.htmx:
        return render(request, "outreach/review/_card.html", {**shown, "card": card}, status=422)
    return page(request, filters, {**shown, "cards": [card], "newest_url": filters.address()}, status=422)
