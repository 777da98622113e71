"""Which contacts a report counts. Page, lists, CSV and JSON read the same address by the same form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from crm.models import User
from crm.models.days import Span
from crm.models.ids import NOBODY
from crm.models.tenancy import company_id_of, company_of
from crm.postgres.clock import DatabaseClock
from crm.text import counted
from leads.methods import ContactMethod
from outreach.models import Direction
from outreach.reviews.guard_counts import GuardFilters

DAYS = 30
PRESETS = [7, 30, 90, 365]
FIRST_DAY = date(2000, 1, 1)
LONGEST_DAYS = 3_660
ALL_DIRECTIONS = "all"
DIRECTIONS = [(Direction.OUTBOUND, "Outbound"), (Direction.INBOUND, "Inbound"), (ALL_DIRECTIONS, "Both directions")]


# The types of a statement's parameters.
Parameter = UUID | str | int | date | datetime | list[UUID] | None


@dataclass(frozen=True)
class ReportFilters:
    """What is counted: contacts of these days by this method, rep and direction; None or "" is any."""

    viewer: User
    reps: Sequence[User]
    now: datetime
    span: Span
    method: str = ""
    rep: UUID | None = None
    direction: str = Direction.OUTBOUND

    @property
    def company_id(self) -> UUID:
        return company_id_of(self.viewer)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now, self.span.zone)

    @property
    def is_live(self) -> bool:
        """Whether what happens now can still change it."""
        return self.span.first <= self.today <= self.span.last

    @property
    def of_guard(self) -> GuardFilters:
        """The guard's decisions of the same days, method and rep. It judges outbound contacts only."""
        return GuardFilters(self.company_id, self.span, self.method, self.rep)

    def parameters(self) -> dict[str, Parameter]:
        """The parameters of every query; "since" and "until" are moments, "first" and "last" days."""
        return {
            "company": self.company_id,
            "zone": str(self.span.zone),
            "now": self.now,
            "first": self.span.first,
            "last": self.span.last,
            "since": self.span.since,
            "until": self.span.until,
            "before_first": self.span.before.first,
            "before_since": self.span.before.since,
            "method": self.method,
            "rep": self.rep,
            "direction": self.direction,
        }

    def address(self) -> dict[str, str]:
        """The filters as query parameters, the default ones left out."""
        params: dict[str, object] = {"method": self.method, "user_id": self.rep if self.viewer.is_manager else ""}
        if self.direction != Direction.OUTBOUND:
            params["direction"] = self.direction or ALL_DIRECTIONS
        if self.span.last != self.today:
            params |= {"from_date": self.span.first, "to_date": self.span.last}
        elif self.span.days in PRESETS:
            params["days"] = self.span.days if self.span.days != DAYS else ""
        else:
            params["from_date"] = self.span.first
        return {name: str(value) for name, value in params.items() if value}

    def query(self, **changes: object) -> str:
        """The query string of the same report with these changes, as "?days=7"; "" for the plain report."""
        params = {**self.address(), **{name: str(value) for name, value in changes.items()}}
        if "from_date" in changes or "days" in changes:
            params = {name: value for name, value in params.items() if name not in DATES or name in changes}
        filled = {name: value for name, value in params.items() if value}
        return f"?{urlencode(filled)}" if filled else ""


DATES = {"days", "from_date", "to_date"}


class ReportForm(forms.Form):
    """The filters of an address. Those that cannot be read count as left out, with an error."""

    days = forms.TypedChoiceField(
        label="Days",
        required=False,
        coerce=int,
        empty_value=DAYS,  # type: ignore[arg-type]  # any value will do, the stubs know only text
        choices=[(days, days) for days in PRESETS],
    )
    from_date = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    to_date = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    method = forms.ChoiceField(label="Method", required=False, choices=[("", "All methods"), *ContactMethod.choices])
    user_id = forms.TypedChoiceField(
        label="Rep", required=False, coerce=UUID, empty_value=None,
        error_messages={"invalid_choice": "Choose somebody in your company."},
    )  # fmt: skip
    direction = forms.ChoiceField(
        label="Direction",
        required=False,
        choices=DIRECTIONS,
    )

    def __init__(self, data: Mapping[str, object], *, viewer: User, direction: str = Direction.OUTBOUND) -> None:
        """direction: what is counted unless the address says so."""
        super().__init__(data)
        self.viewer, self.default_direction = viewer, direction
        self.now, self.reps = read_reps(viewer)
        self.zone = ZoneInfo(company_of(viewer).time_zone)
        reps = self.reps if viewer.is_manager else [viewer]
        choices = [("", "Everyone"), *((str(rep.id), rep.name) for rep in reps)]
        if viewer.is_manager and data.get("user_id") == str(NOBODY):
            choices.append((str(NOBODY), "No longer here"))
        user_id = self.fields["user_id"]
        assert isinstance(user_id, forms.TypedChoiceField)
        user_id.choices = choices
        # On the page the empty choice is outbound, so that it stays out of the address.
        self.fields["direction"].widget.choices = [("", "Outbound"), *DIRECTIONS[1:]]
        for name in ("from_date", "to_date"):
            self.fields[name].widget.attrs |= {"min": FIRST_DAY.isoformat(), "max": self.today.isoformat()}

    @property
    def today(self) -> date:
        return timezone.localdate(self.now, self.zone)

    @property
    def preset(self) -> int | None:
        """The chosen number of days, which other filters keep; None for the default and for chosen dates."""
        self.is_valid()
        days, free = self.cleaned_data.get("days"), self.data.get("from_date") or self.data.get("to_date")
        return days if days != DAYS and not free else None

    def clean_from_date(self) -> date | None:
        return self.clean_day("from_date")

    def clean_to_date(self) -> date | None:
        return self.clean_day("to_date")

    def clean_day(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day is not None and not FIRST_DAY <= day <= self.today + timedelta(days=1):
            raise forms.ValidationError("Choose a day from 2000 until today.")
        return day

    def clean(self) -> dict[str, object]:
        super().clean()
        span = self.span()
        if span.first > span.last:
            self.add_error("from_date", "The first day is after the last.")
        elif span.days > LONGEST_DAYS:
            self.add_error("from_date", f"Choose at most {counted(LONGEST_DAYS, 'day')}.")
        return self.cleaned_data

    def span(self) -> Span:
        """The days to count; with one end only, those from it until today or the usual number before it."""
        values = self.cleaned_data
        first, last = values.get("from_date"), values.get("to_date") or self.today
        first = first or max(last - timedelta(days=(values.get("days") or DAYS) - 1), FIRST_DAY)
        return Span(first, last, self.zone)

    def filters(self) -> ReportFilters:
        """The filters to count by; a field that is not valid counts as left out."""
        self.is_valid()
        values = self.cleaned_data
        direction = values.get("direction") or self.default_direction
        return ReportFilters(
            viewer=self.viewer,
            reps=self.reps,
            now=self.now,
            span=self.span(),
            method=values.get("method") or "",
            # A rep's own numbers, whatever the address says.
            rep=values.get("user_id") if self.viewer.is_manager else self.viewer.id,
            direction="" if direction == ALL_DIRECTIONS else direction,
        )


def read_reps(viewer: User) -> tuple[datetime, list[User]]:
    """The database's clock and everybody of the viewer's company, those who left too, in one query."""
    users = User.objects.filter(company_id=company_id_of(viewer)).annotate(read_at=DatabaseClock())
    reps = list(users.only("id", "email", "first_name", "last_name", "is_active", "company_id"))
    now = max(rep.read_at for rep in reps)
    return now, [*reps]
