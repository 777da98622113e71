"""The list of leads with the guard's answer for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from crm.models import User
from crm.pages.request import SignedInRequest
from leads.models import Lead
from outreach.followups.open_steps import reminders_context
from outreach.followups.reminders import NONE_PENDING, pending_reminders
from outreach.lists.empty import empty_list
from outreach.lists.filters import Filters, count, filtered, narrowed
from outreach.lists.form import ListForm
from outreach.lists.named_views import VIEWS
from outreach.lists.order import SORTS
from outreach.lists.page import PAGE_SIZE, ListPage, first_page, read_page
from outreach.lists.rows import as_mappings, reviewed_rows, reviews_of, with_last
from outreach.lists.rows import rows as lead_rows

# What names a page of the list in its address: where it begins, and how many leads one has seen before it.
PLACES = ("after", "before", "seen")
# Whose values alone do not say what they are of.
NAMED_IN_CHIPS = ("status", "method")


@require_GET
@vary_on_headers("HX-Request")
def leads(request: SignedInRequest) -> HttpResponse:
    """The leads of the company by the filters in the address; the table alone when a filter changed in place."""
    user = request.user
    if user.company_id is None:
        return redirect("admin:index")
    form = ListForm(request.GET, user=user)
    values = form.values()
    page = requested_page(user, values, request.GET)
    counts = count(user, values, page.ahead())
    view = values.get("view") or ""
    pending = NONE_PENDING if request.htmx else pending_reminders(user)
    reviews = reviews_of([*page.leads, *(reminder.lead for reminder in pending.due)], user)
    context = {
        "rows": as_mappings(reviewed_rows(page.leads, reviews, user)),
        **reminders_context(pending, reviews, user, is_coming_shown=view == "reminders"),
        "filters": form,
        "views": views({**counts, "reminders": pending.count_words}, request.GET, view),
        "chips": chips(form, values, request.GET),
        "total": counts["found"],
        "first": counts["ahead"] + 1,
        "page_words": page_words(page, counts),
        "moved": moved(request.GET, counts["ahead"]),
        "newest_url": address(kept(request.GET)),
        "view_url": address({name: request.GET.get(name, "") for name in ("view", "sort")}),
        "empty": empty_list(values, counts, is_later_page=any(request.GET.get(name) for name in PLACES)),
        "next_url": place_url(request.GET, "after", page.next, seen=counts["ahead"] + len(page.leads)),
        "previous_url": place_url(request.GET, "before", page.previous),
    }
    template = "outreach/list/_table.html" if request.htmx else "outreach/list/lead_list.html"
    return render(request, template, context, status=200 if form.is_valid() else 422)


@require_GET
def walk(request: SignedInRequest) -> JsonResponse:
    """Which leads are on this page of the list, and where it stands: whoever goes from lead to lead turns pages too."""
    user, values = request.user, ListForm(request.GET, user=request.user).values()
    leads = filtered(user, values).select_related(None)
    page = read_page(leads, SORTS[values.get("sort") or ""], **place(request.GET))
    counts = count(user, values, page.ahead())
    return JsonResponse(
        {
            "url": address(request.GET.dict()),
            "ids": [lead.id for lead in page.leads],
            "first": counts["ahead"] + 1,
            "total": counts["found"],
            "moved": moved(request.GET, counts["ahead"]),
            "next": place_url(request.GET, "after", page.next, seen=counts["ahead"] + len(page.leads)),
            "previous": place_url(request.GET, "before", page.previous),
        }
    )


@require_GET
def rows(request: SignedInRequest) -> HttpResponse:
    """These rows as they are now: an open list reads them again when a contact is announced."""
    ids = read_ids(request.GET.get("ids", ""))
    leads = with_last(Lead.objects.visible_to(request.user).filter(pk__in=ids))
    return render(request, "outreach/list/_rows.html", {"rows": as_mappings(lead_rows(leads, request.user))})


def requested_page(user: User, values: Filters, params: QueryDict) -> ListPage:
    if not any(values.values()) and not any(params.get(name) for name in PLACES):
        return first_page(user)
    leads, sort = with_last(filtered(user, values)), SORTS[values.get("sort") or ""]
    return read_page(leads, sort, **place(params))


def place(params: QueryDict) -> dict[str, str]:
    return {"after": params.get("after", ""), "before": params.get("before", "")}


def read_ids(text: str) -> list[UUID]:
    """Lead ids separated by commas, at most a page of them; what is no id is ignored."""
    ids = []
    for word in text.split(",")[:PAGE_SIZE]:
        try:
            ids.append(UUID(word))
        except ValueError:
            continue
    return ids


def views(counts: Mapping[str, int | str], params: QueryDict, current: str) -> list[dict[str, object]]:
    labels = {"": "All", **{code: view.label for code, view in VIEWS.items()}}
    return [
        {
            "code": code,
            "label": label,
            "count": counts[code or "all"],
            "url": address({"view": code, "sort": params.get("sort", "")}),
            "current": code == current,
        }
        for code, label in labels.items()
    ]


def chips(form: ListForm, values: Filters, params: QueryDict) -> list[dict[str, str]]:
    """The filters that narrow the list, each with the address of the list without it."""
    return [
        {"label": chip_label(form, name, values[name]), "remove_url": address({**kept(params), name: ""})}
        for name in narrowed(values)
    ]


def chip_label(form: ListForm, name: str, value: object) -> str:
    if name == "q":
        return f"“{value}”"
    if name == "owner":
        return f"Owner: {value}"
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    labels = dict(field.choices)  # type: ignore[arg-type]  # these fields have pairs
    words = str(labels.get(value, value))
    return f"{field.label}: {words}" if name in NAMED_IN_CHIPS else words


def page_words(page: ListPage, counts: dict[str, int]) -> str:
    """ "51 to 100 of 1,176"."""
    if not (page.next or page.previous):
        return ""
    return f"{counts['ahead'] + 1:,} to {counts['ahead'] + len(page.leads):,} of {counts['found']:,}"


def moved(params: QueryDict, ahead: int) -> int:
    """How many leads more than when one turned to this page come before it by now, and so were on no page one saw."""
    seen = params.get("seen", "")
    return max(0, ahead - int(seen)) if params.get("after") and re.fullmatch(r"\d{1,9}", seen, re.ASCII) else 0


def place_url(params: QueryDict, direction: str, place: str, *, seen: int = 0) -> str:
    if not place:
        return ""
    return address({**kept(params), direction: place, "seen": str(seen or "")})


def kept(params: QueryDict) -> dict[str, str]:
    """The filters of an address without its place in the list."""
    return {name: str(value) for name, value in params.dict().items() if name not in PLACES}


def address(parameters: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{reverse('lead_list')}?{query}" if query else reverse("lead_list")
