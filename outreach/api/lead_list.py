"""The list of leads: the filters and orders of the page, by keyset."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Query
from pydantic import Field

from crm.api.answers import answer
from crm.api.fields import Id, OneOf, StrictInput, Text
from crm.api.problems import invalid_field
from crm.api.schema import problems
from crm.pages.request import ApiRequest
from leads.api import router  # one address, one router
from leads.api.shapes import LeadsOut, Method, Status, lead_json, shown
from leads.models import Lead, LeadQuerySet
from outreach.lists.filters import filtered
from outreach.lists.order import SORTS, beyond, read_place, with_keys, write_place

MOST = 200
# The list's own order, which the page's address leaves out.
NEWEST = "newest"


class LeadPageOut(LeadsOut):
    """A page of leads."""

    next_cursor: str | None = Field(description="Give it as `cursor` for what comes after; null at the end.")


class LeadFilters(StrictInput):
    """What the list is narrowed to, its order and its page."""

    q: Text | None = Field(None, max_length=200, description="Any part of name, organization or an address.")
    status: Status | None = Field(None, description="Only this status.")
    owner_id: Id | None = Field(None, description="Only leads of this colleague.")
    method: Method | None = Field(None, description="Only those last contacted this way.")
    untouched_days: int | None = Field(
        None, ge=1, le=3_650, description="Only those nobody contacted in so many days, or ever."
    )
    do_not_contact: bool | None = Field(None, description="Only those who asked not to be contacted, or only others.")
    sort: Annotated[str, OneOf(NEWEST, *filter(None, SORTS))] = Field(
        NEWEST, description="By last contact, newest or oldest first; most contacts first; by name."
    )
    limit: int = Field(50, ge=1, le=MOST, description="How many at most.")
    cursor: str | None = Field(
        None, max_length=5_000, pattern="^[A-Za-z0-9_-]+$", description="`next_cursor` of the page before, same `sort`."
    )

    def as_form(self) -> dict[str, object]:
        """The values of the page's form that narrow the list alike."""
        wish = {None: "", True: "yes", False: "no"}[self.do_not_contact]
        return {
            "q": self.q,
            "status": self.status,
            "owner": self.owner_id,
            "method": self.method,
            "untouched": self.untouched_days,
            "do_not_contact": wish,
        }


@router.get(
    "/leads", response=LeadPageOut, operation_id="list_leads", summary="List leads",
    openapi_extra=problems("invalid"),
)  # fmt: skip
def leads(request: ApiRequest, filters: Query[LeadFilters]) -> HttpResponse:
    """The leads of your company by these filters, each with its summary."""
    narrowed = filtered(request.auth, filters.as_form())
    page, cursor = read_page(narrowed, filters)
    return answer({"data": [lead_json(lead) for lead in page], "total": narrowed.count(), "next_cursor": cursor})


def read_page(narrowed: LeadQuerySet, filters: LeadFilters) -> tuple[list[Lead], str | None]:
    """The leads after the cursor and where the next page begins. Raises Problem for what is no cursor of ours."""
    sort = SORTS["" if filters.sort == NEWEST else filters.sort]
    leads = with_keys(shown(narrowed))
    if filters.cursor is not None:
        place = read_place(filters.cursor, sort)
        if place is None:
            raise invalid_field("cursor", "Give next_cursor of the page before with the same sort, or nothing.")
        leads = leads.filter(beyond(sort, place, backwards=False))
    page = list(leads.order_by(*sort.order())[: filters.limit + 1])
    more = len(page) > filters.limit
    return page[: filters.limit], write_place(page[filters.limit - 1], sort) if more else None
