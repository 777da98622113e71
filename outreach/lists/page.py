"""One page of the list, by keyset."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from crm.models import User
from crm.postgres.compiled import Compiled
from leads.models import Lead, LeadQuerySet
from outreach.lists.order import SORTS, Sort, beyond, place_of, read_place, with_keys, write_place
from outreach.lists.rows import with_last

PAGE_SIZE = 50


@dataclass(frozen=True)
class ListPage:
    """next, previous: the places that begin the pages after and before this one; empty where there is none."""

    leads: list[Lead]
    next: str
    previous: str
    sort: Sort

    def ahead(self) -> Q | None:
        """Which leads come before this page; None if it is the first."""
        if not self.previous:
            return None
        return beyond(self.sort, place_of(self.leads[0], self.sort), backwards=True)


def read_page(leads: LeadQuerySet, sort: Sort, *, after: str = "", before: str = "") -> ListPage:
    """One page by keyset: it costs the same at any depth, and no lead is shown twice or left out."""
    leads = with_keys(leads)
    place, backwards = read_place(after or before, sort), bool(before and not after)
    if place is not None:
        leads = leads.filter(beyond(sort, place, backwards=backwards))
    ordered = leads.order_by(*sort.order())
    rows = list((ordered.reverse() if backwards and place else ordered)[: PAGE_SIZE + 1])
    page, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    if backwards and place:
        page.reverse()
    has_next, has_previous = (True, more) if backwards and place else (more, place is not None)
    return page_of(page, sort, has_next=has_next, has_previous=has_previous)


def page_of(page: list[Lead], sort: Sort, *, has_next: bool, has_previous: bool) -> ListPage:
    return ListPage(
        leads=page,
        next=write_place(page[-1], sort) if page and has_next else "",
        previous=write_place(page[0], sort) if page and has_previous else "",
        sort=sort,
    )


def first_page(user: User) -> ListPage:
    """The page of an address without parameters."""
    leads = NEWEST(company_id=user.company_id)
    return page_of(leads[:PAGE_SIZE], SORTS[""], has_next=len(leads) > PAGE_SIZE, has_previous=False)


def newest(*, company_id: UUID) -> LeadQuerySet:
    leads = with_keys(with_last(Lead.objects.visible_to(User(company_id=company_id))))
    return leads.order_by(*SORTS[""].order())[: PAGE_SIZE + 1]


NEWEST = Compiled(newest, "company_id")
