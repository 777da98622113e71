"""The list of leads with the guard's answer for each."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from crm.models import User
from leads.models import Lead
from outreach.followups.open_steps import due_reminder
from outreach.followups.reminders import pending_reminders
from outreach.lists.filters import count, filtered, narrowed
from outreach.lists.form import ListForm
from outreach.lists.named_views import VIEWS
from outreach.lists.order import SORTS
from outreach.lists.page import PAGE_SIZE, Page, first_page, read_page
from outreach.lists.rows import drawn, reviewed_rows, reviews_of, with_last
from outreach.lists.rows import rows as lead_rows

PLACES = ("after", "before")


@require_GET
@vary_on_headers("HX-Request")
def leads(request: HttpRequest) -> HttpResponse:
    """The leads of the company by the filters in the address; the table alone when a filter changed in place."""
    user = request.user
    if user.company_id is None:
        return redirect("admin:index")
    form = ListForm(request.GET, user=user)
    said = form.said()
    page = asked_page(user, said, request.GET)
    counts = count(user, said)
    due, next_reminder = ([], None) if request.htmx else pending_reminders(user)
    reviews = reviews_of([*page.leads, *(reminder.lead for reminder in due)], user)
    context = {
        "rows": drawn(reviewed_rows(page.leads, reviews, user)),
        "reminders": [due_reminder(one, reviews[one.lead_id], user) for one in due],
        "next_reminder": next_reminder,
        "filters": form,
        "views": views(counts, request.GET, said.get("view") or ""),
        "chips": chips(form, said, request.GET),
        "total": counts["found"],
        "page_words": page_words(page, counts["found"]),
        "next_url": place_url(request.GET, "after", page.next),
        "previous_url": place_url(request.GET, "before", page.previous),
    }
    template = "outreach/list/_table.html" if request.htmx else "outreach/list/lead_list.html"
    return render(request, template, context, status=200 if form.is_valid() else 422)


@require_GET
def rows(request: HttpRequest) -> HttpResponse:
    """These rows as they are now: what an open list re-reads when it hears of a contact."""
    asked = read_ids(request.GET.get("ids", ""))
    found = with_last(Lead.objects.visible_to(request.user).filter(pk__in=asked))
    return render(request, "outreach/list/_rows.html", {"rows": drawn(lead_rows(found, request.user))})


def asked_page(user: User, said: dict[str, object], given: QueryDict) -> Page:
    if not any(said.values()) and not any(given.get(name) for name in PLACES):
        return first_page(user)
    leads, sort = with_last(filtered(user, said)), SORTS[said.get("sort") or ""]
    return read_page(leads, sort, after=given.get("after", ""), before=given.get("before", ""))


def read_ids(text: str) -> list[UUID]:
    """Lead ids parted by commas, at most a page of them; what is no id is passed over."""
    ids = []
    for word in text.split(",")[:PAGE_SIZE]:
        try:
            ids.append(UUID(word))
        except ValueError:
            continue
    return ids


def views(counts: dict[str, int], given: QueryDict, current: str) -> list[dict[str, object]]:
    labels = {"": "All", **{code: view.label for code, view in VIEWS.items()}}
    return [
        {
            "code": code,
            "label": label,
            "count": counts[code or "all"],
            "url": address({"view": code, "sort": given.get("sort", "")}),
            "current": code == current,
        }
        for code, label in labels.items()
    ]


def chips(form: ListForm, said: dict[str, object], given: QueryDict) -> list[dict[str, str]]:
    """What narrows the list now, each with the address without it."""
    return [
        {"label": chip_label(form, name, said[name]), "remove_url": address({**kept(given), name: ""})}
        for name in narrowed(said)
    ]


def chip_label(form: ListForm, name: str, value: object) -> str:
    if name == "q":
        return f"“{value}”"
    if name == "owner":
        return f"Owner {value}"
    return str(dict(form.fields[name].choices).get(value, value))


def page_words(page: Page, total: int) -> str:
    return f"{len(page.leads)} of {total:,}" if page.next or page.previous else ""


def place_url(given: QueryDict, direction: str, place: str) -> str:
    if not place:
        return ""
    return address({**kept(given), direction: place})


def kept(given: QueryDict) -> dict[str, str]:
    """The filters of an address without its place in the list."""
    return {name: value for name, value in given.dict().items() if name not in PLACES}


def address(parameters: dict[str, str]) -> str:
    said = {name: value for name, value in parameters.items() if value}
    return f"{reverse('lead_list')}?{urlencode(said)}" if said else reverse("lead_list")
