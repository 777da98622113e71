"""The lead list: which leads, in which order, and where a page ends. The address says it all."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.db.models import Count, F, Q
from django.db.models.functions import Now, Upper
from django.utils import timezone

from crm.models import User
from crm.pages.forms import CleanCharField
from crm.postgres.compiled import Compiled
from leads.methods import ContactMethod
from leads.models import Lead, LeadIdentifier, LeadQuerySet, LeadStatus
from outreach.lists.rows import with_last
from outreach.models import Reminder

PAGE_SIZE = 50
MOST_WORDS = 6
# What narrows the list beyond its view.
FILTERS = ("q", "status", "owner", "method", "untouched", "do_not_contact")
UNTOUCHED_DAYS = [7, 14, 30, 60, 90]


class ListForm(forms.Form):
    """The filters in the list's address. What it cannot read counts as not given and is said beside the field."""

    q = CleanCharField(label="Search", required=False, max_length=200)
    view = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Any status"), *LeadStatus.choices])
    owner = forms.ModelChoiceField(label="Owner", required=False, queryset=User.objects.none(), empty_label="Any owner")
    method = forms.ChoiceField(
        label="Last contact by", required=False, choices=[("", "Any method"), *ContactMethod.choices]
    )
    untouched = forms.TypedChoiceField(
        label="Not contacted in",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any last contact"), *((days, f"Not in {days} days") for days in UNTOUCHED_DAYS)],
    )
    do_not_contact = forms.ChoiceField(
        label="Do not contact",
        required=False,
        choices=[("", "Contact or not"), ("no", "May be contacted"), ("yes", "Do not contact")],
    )
    sort = forms.ChoiceField(label="Order", required=False)

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["view"].choices = [("", "All"), *((code, view.label) for code, view in VIEWS.items())]
        self.fields["sort"].choices = [(code, sort.label) for code, sort in SORTS.items()]
        self.fields["owner"].queryset = User.objects.filter(company_id=user.company_id, is_active=True)

    def said(self) -> dict[str, object]:
        self.is_valid()
        return self.cleaned_data


@dataclass(frozen=True)
class View:
    """A question reps ask every day, kept as a pill with its count."""

    label: str
    condition: object  # user -> Q

    def of(self, user: User) -> Q:
        return self.condition(user)


def untouched(days: int) -> Q:
    edge = Now() - timedelta(days=days)
    return Q(last_contacted_at__lt=edge) | Q(last_contacted_at__isnull=True)


WAITING = Q(contact_count__gt=0) & (Q(last_response_at__isnull=True) | Q(last_response_at__lt=F("last_contacted_at")))


def to_be_reminded_of(user: User) -> Q:
    return Q(pk__in=Reminder.objects.pending_of(user).due().values("lead_id"))


VIEWS = {
    "reminders": View("Reminders", to_be_reminded_of),
    "mine": View("Mine", lambda user: Q(owner_id=user.id)),
    "waiting": View("Waiting for a reply", lambda user: WAITING),
    "untouched": View("Untouched 30 days", lambda user: untouched(30)),
    "new": View("Never contacted", lambda user: Q(contact_count=0)),
}


@dataclass(frozen=True)
class Sort:
    """An order of the list. Its keys end with the id, so that every lead has one place."""

    label: str
    keys: tuple[str, ...]
    descending: bool

    def order(self) -> list:
        if self.descending:
            return [F(key).desc(nulls_last=True) for key in self.keys]
        return [F(key).asc(nulls_first=True) for key in self.keys]


SORTS = {
    "": Sort("Last contact, newest first", ("last_contacted_at", "id"), descending=True),
    "oldest": Sort("Last contact, oldest first", ("last_contacted_at", "id"), descending=False),
    "count": Sort("Most contacts first", ("contact_count", "id"), descending=True),
    "name": Sort("Name", ("last_upper", "first_upper", "id"), descending=False),
}


@dataclass(frozen=True)
class Page:
    leads: list[Lead]
    next: str
    previous: str


def filtered(user: User, said: dict[str, object]) -> LeadQuerySet:
    """The leads the filters ask for, of the user's company."""
    leads = Lead.objects.visible_to(user)
    if said.get("view"):
        leads = leads.filter(VIEWS[said["view"]].of(user))
    for word in str(said.get("q") or "").split()[:MOST_WORDS]:
        leads = leads.filter(matches(user, word))
    if said.get("status"):
        leads = leads.filter(status=said["status"])
    if said.get("owner"):
        leads = leads.filter(owner=said["owner"])
    if said.get("method"):
        leads = leads.filter(last_contact_method=said["method"])
    if said.get("untouched"):
        leads = leads.filter(untouched(said["untouched"]))
    if said.get("do_not_contact") == "yes":
        leads = leads.not_to_contact()
    if said.get("do_not_contact") == "no":
        leads = leads.filter(do_not_contact=False, do_not_contact_methods__len=0)
    return leads


def narrowed(said: dict[str, object]) -> list[str]:
    """The filters that narrow the list beyond its view."""
    return [name for name in FILTERS if said.get(name)]


def count(user: User, said: dict[str, object]) -> dict[str, int]:
    """How many leads each view holds, and how many the filters find, in one query."""
    if narrowed(said):
        found = Count("pk", filter=Q(pk__in=filtered(user, said).values("pk")))
        return Lead.objects.visible_to(user).aggregate(**each_view(user), found=found)
    counts = next(iter(COUNTS(user_id=user.id, company_id=user.company_id)), dict.fromkeys(["all", *VIEWS], 0))
    return {**counts, "found": counts[said.get("view") or "all"]}


def each_view(user: User) -> dict[str, Count]:
    return {"all": Count("pk"), **{code: Count("pk", filter=view.of(user)) for code, view in VIEWS.items()}}


def counted(*, user_id: UUID, company_id: UUID) -> LeadQuerySet:
    user = User(id=user_id, company_id=company_id)
    return Lead.objects.visible_to(user).order_by().values("company_id").annotate(**each_view(user))


COUNTS = Compiled(counted, "user_id", "company_id")


def matches(user: User, word: str) -> Q:
    """Any part of name, organization, email, phone or profile; a phone however it is written."""
    identifiers = LeadIdentifier.objects.filter(company_id=user.company_id)
    digits = re.sub(r"\D", "", word)
    found = Q(normalised__contains=word.lower())
    if len(digits) >= 3 and not re.search(r"[^\d\s()+./-]", word):
        found |= Q(kind="phone", normalised__contains=digits)
    return (
        Q(first_name__icontains=word)
        | Q(last_name__icontains=word)
        | Q(organization__icontains=word)
        | Q(id__in=identifiers.filter(found).values("lead_id"))
    )


def read_page(leads: LeadQuerySet, sort: Sort, *, after: str = "", before: str = "") -> Page:
    """One page by keyset: it costs the same at any depth, and no lead is shown twice or left out."""
    leads = with_keys(leads)
    place, backwards = read_place(after or before, sort), bool(before and not after)
    if place is not None:
        leads = leads.filter(beyond(sort, place, backwards=backwards))
    ordered = leads.order_by(*sort.order())
    found = list((ordered.reverse() if backwards and place else ordered)[: PAGE_SIZE + 1])
    page, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    if backwards and place:
        page.reverse()
    has_next, has_previous = (True, more) if backwards and place else (more, place is not None)
    return page_of(page, sort, has_next=has_next, has_previous=has_previous)


def with_keys(leads: LeadQuerySet) -> LeadQuerySet:
    """With what the list may be ordered by."""
    return leads.annotate(last_upper=Upper("last_name"), first_upper=Upper("first_name"))


def page_of(page: list[Lead], sort: Sort, *, has_next: bool, has_previous: bool) -> Page:
    return Page(
        leads=page,
        next=write_place(page[-1], sort) if page and has_next else "",
        previous=write_place(page[0], sort) if page and has_previous else "",
    )


def first_page(user: User) -> Page:
    """What the list shows before anything was asked of it."""
    found = NEWEST(company_id=user.company_id)
    return page_of(found[:PAGE_SIZE], SORTS[""], has_next=len(found) > PAGE_SIZE, has_previous=False)


def newest(*, company_id: UUID) -> LeadQuerySet:
    leads = with_keys(with_last(Lead.objects.visible_to(User(company_id=company_id))))
    return leads.order_by(*SORTS[""].order())[: PAGE_SIZE + 1]


NEWEST = Compiled(newest, "company_id")


def beyond(sort: Sort, place: list, *, backwards: bool) -> Q:
    """Leads that come after this place in the order; before it, going backwards."""
    smaller = sort.descending != backwards
    condition, equal = Q(), Q()
    for key, value in zip(sort.keys, place, strict=True):
        condition |= equal & past(key, value, smaller=smaller)
        equal &= Q(**{f"{key}__isnull": True}) if value is None else Q(**{key: value})
    return condition


def past(key: str, value: object, *, smaller: bool) -> Q:
    """NULL counts as smaller than everything: never contacted is longest ago."""
    if value is None:
        return Q(pk__in=[]) if smaller else Q(**{f"{key}__isnull": False})
    if smaller and key == "last_contacted_at":
        return Q(**{f"{key}__lt": value}) | Q(**{f"{key}__isnull": True})
    return Q(**{f"{key}__{'lt' if smaller else 'gt'}": value})


def write_place(lead: Lead, sort: Sort) -> str:
    values = [getattr(lead, key) for key in sort.keys]
    said = json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in values], default=str)
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def read_place(token: str, sort: Sort) -> list | None:
    """The place a token names; None for one that names none in this order, which shows the first page."""
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return [READERS[key](value) for key, value in zip(sort.keys, values, strict=True)] if token else None
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def read_moment(value: str | None) -> datetime | None:
    moment = datetime.fromisoformat(value) if value is not None else None
    if moment is not None and timezone.is_naive(moment):
        raise ValueError("A place is written with its zone.")
    return moment


def read_text(value: str) -> str:
    value.encode()
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("Not a name.")
    return value


def read_count(value: int) -> int:
    if not 0 <= value < 2**31:
        raise ValueError("Not a count.")
    return value


READERS = {
    "id": UUID,
    "last_contacted_at": read_moment,
    "contact_count": read_count,
    "last_upper": read_text,
    "first_upper": read_text,
}
