"""The managers' page: what was logged against the guard, and their word on it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from crm.login.access import manager_required
from crm.pages.forms import CleanCharField
from outreach.models import ContactAttempt, ReviewVerdict
from outreach.reviews.card import Card, read_card
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
    note = CleanCharField(required=False, max_length=NOTE_MAX)
    undo = forms.BooleanField(required=False)

    def verdict_said(self) -> str:
        verdict = self.cleaned_data["verdict"]
        return "" if verdict == "due" else verdict


@require_GET
@vary_on_headers("HX-Request")
@manager_required
def review(request: HttpRequest) -> HttpResponse:
    """The contacts by the filters in the address; the list alone when a filter changed, older ones alone on demand."""
    asked = ReviewFilters(request.GET, viewer=request.user)
    status = 200 if asked.is_valid() else 422
    if request.htmx and asked.place():
        return render(request, "outreach/review/_cards.html", cards(asked), status=status)
    if request.htmx:
        return render(request, "outreach/review/_reply.html", {**cards(asked), **around(asked)}, status=status)
    return page(request, asked, cards(asked), status=status)


def page(request: HttpRequest, asked: ReviewFilters, shown: dict[str, object], *, status: int = 200) -> HttpResponse:
    context = {**shown, **around(asked), "score": read_score(request.user.company)}
    return render(request, "outreach/review/review.html", context, status=status)


def cards(asked: ReviewFilters) -> dict[str, object]:
    page = read_page(asked)
    return {
        "cards": [read_card(decisions, asked.viewer) for decisions in page.contacts],
        "query": query(asked),
        "more_url": asked.address(before=page.next) if page.next else "",
        "newest_url": asked.address() if asked.place() else "",
        "filters": asked,
    }


def query(asked: ReviewFilters) -> str:
    return asked.address().partition("?")[2]


def around(asked: ReviewFilters) -> dict[str, object]:
    """What changes with each verdict: the tabs' counts, and what was reviewed this week."""
    lately = [] if asked.tab or asked.narrows() else read_lately(asked.viewer)
    return {
        "filters": asked,
        "tabs": read_tabs(asked),
        "lately": [read_card(decisions, asked.viewer) for decisions in lately],
    }


class ShownForm(forms.Form):
    """The cards an open page shows."""

    shown = forms.CharField(required=False, max_length=MOST_SHOWN * 37)

    def clean_shown(self) -> list[UUID]:
        try:
            return [UUID(one) for one in self.cleaned_data["shown"].split(",") if one]
        except ValueError as error:
            raise forms.ValidationError("These are no cards.") from error


@require_GET
@manager_required
def news(request: HttpRequest) -> HttpResponse:
    """What an open page does not show yet, by its filters: a count and the way to it, so that no card moves."""
    asked, form = ReviewFilters(request.GET, viewer=request.user), ShownForm(request.GET)
    if not request.htmx:
        return redirect(asked.address())
    if not form.is_valid():
        return HttpResponse(f"shown: {' '.join(form.errors['shown'])}", status=422, content_type="text/plain")
    new = count_new(asked, form.cleaned_data["shown"])
    context = {"tabs": read_tabs(asked), "news": new, "news_url": asked.address()}
    return render(request, "outreach/review/_news_reply.html", context)


@require_POST
@manager_required
def verdict(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Accept, not acceptable, or take it back; the address carries the filters of the page it was said on."""
    asked = ReviewFilters(request.GET, viewer=request.user)
    before = find_card(request, attempt_id)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return said_wrongly(request, asked, before, form)
    try:
        review_decision(
            attempt_id=attempt_id,
            user=request.user,
            verdict=form.verdict_said(),
            note=form.cleaned_data["note"],
        )
    except ContactAttempt.DoesNotExist as error:
        raise Http404("No such contact.") from error
    if not request.htmx:
        messages.success(request, f"{TOASTS[form.verdict_said()]}: {before.title}")
        return redirect(asked.address())
    return said(request, asked, before, undone=form.cleaned_data["undo"])


def find_card(request: HttpRequest, attempt_id: UUID) -> Card:
    """The contact as it stands now. Raises Http404 for a foreign one or one the guard had nothing against."""
    (decisions,) = decided_about(request.user, [attempt_id])
    if not decisions:
        raise Http404("No such contact.")
    return read_card(decisions, request.user)


def said(request: HttpRequest, asked: ReviewFilters, before: Card, *, undone: bool) -> HttpResponse:
    """The card leaves the tab it no longer belongs to; an undo brings the list back as it was."""
    card = find_card(request, before.id)
    context = {**around(asked), "text": TOASTS[card.review], "current": card.id}
    if undone:
        context |= {**cards(asked), "undone": True}
    else:
        context |= {
            "card": card if card.review == asked.tab else None,
            "query": query(asked),
            "undo_url": f"{reverse('review_verdict', args=[card.id])}?{query(asked)}",
            "undo_fields": {"verdict": before.review or "due", "note": before.note, "undo": "1"},
        }
    return render(request, "outreach/review/_reviewed.html", context)


def said_wrongly(request: HttpRequest, asked: ReviewFilters, before: Card, form: VerdictForm) -> HttpResponse:
    """The card as it was filled in, with what is wrong."""
    card = replace(before, note=form.data.get("note", ""))
    shown = {"query": query(asked), "errors": form.errors, "failed": card.id}
    if request.htmx:
        return render(request, "outreach/review/_card.html", {**shown, "card": card}, status=422)
    return page(request, asked, {**shown, "cards": [card], "newest_url": asked.address()}, status=422)
