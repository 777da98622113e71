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

from analytics.daily.days import Span
from analytics.models import NOBODY
from crm.models import User
from crm.postgres.clock import DatabaseClock
from leads.methods import ContactMethod
from outreach.models import Direction

DAYS = 30
PRESETS = [7, 30, 90, 365]
FIRST_DAY = date(2000, 1, 1)
LONGEST_DAYS = 3_660
ALL_DIRECTIONS = "all"
DIRECTIONS = [(Direction.OUTBOUND, "Outbound"), (Direction.INBOUND, "Inbound"), (ALL_DIRECTIONS, "Both directions")]


@dataclass(frozen=True)
class Asked:
    """What is counted: contacts of these days by this method, rep and direction; None or "" is any."""

    viewer: User
    reps: Sequence[User]
    now: datetime
    span: Span
    method: str = ""
    rep: UUID | None = None
    direction: str = Direction.OUTBOUND

    @property
    def company_id(self) -> UUID | None:
        return self.viewer.company_id

    @property
    def today(self) -> date:
        return timezone.localdate(self.now, self.span.zone)

    @property
    def is_live(self) -> bool:
        """Whether what happens now can still change it."""
        return self.span.first <= self.today <= self.span.last

    def parameters(self, span: Span | None = None) -> dict[str, object]:
        """What the queries ask with; "from" and "until" are moments, "first" and "last" days."""
        span = span or self.span
        return {
            "company": self.company_id,
            "zone": str(span.zone),
            "now": self.now,
            "first": span.first,
            "last": span.last,
            "since": span.since,
            "until": span.until,
            "before_first": span.before.first,
            "before_since": span.before.since,
            "method": self.method,
            "rep": self.rep,
            "direction": self.direction,
        }

    def address(self) -> dict[str, str]:
        """The filters as they stand in an address, the default ones left out."""
        said: dict[str, object] = {"method": self.method, "user_id": self.rep if self.viewer.is_manager else ""}
        if self.direction != Direction.OUTBOUND:
            said["direction"] = self.direction or ALL_DIRECTIONS
        if self.span.last != self.today:
            said |= {"from_date": self.span.first, "to_date": self.span.last}
        elif self.span.days in PRESETS:
            said["days"] = self.span.days if self.span.days != DAYS else ""
        else:
            said["from_date"] = self.span.first
        return {name: str(value) for name, value in said.items() if value}

    def query(self, **changes: object) -> str:
        """The address of the same report with what is to be different, as "?days=7"; nothing for the plain one."""
        given = {**self.address(), **{name: str(value) for name, value in changes.items()}}
        if "from_date" in changes or "days" in changes:
            given = {name: value for name, value in given.items() if name not in DATES or name in changes}
        said = {name: value for name, value in given.items() if value}
        return f"?{urlencode(said)}" if said else ""


DATES = {"days", "from_date", "to_date"}


class ReportForm(forms.Form):
    """The filters of an address. What it cannot read counts as not given, and is said."""

    days = forms.TypedChoiceField(
        label="Days", required=False, coerce=int, empty_value=DAYS, choices=[(days, days) for days in PRESETS]
    )
    from_date = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    to_date = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    method = forms.ChoiceField(label="Method", required=False, choices=[("", "All methods"), *ContactMethod.choices])
    user_id = forms.TypedChoiceField(
        label="Rep", required=False, coerce=UUID, empty_value=None,
        error_messages={"invalid_choice": "Choose somebody of your company."},
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
        self.zone = ZoneInfo(viewer.company.time_zone)
        seen = self.reps if viewer.is_manager else [viewer]
        self.fields["user_id"].choices = [("", "Everyone"), *((str(rep.id), rep.name) for rep in seen)]
        if viewer.is_manager and data.get("user_id") == str(NOBODY):
            self.fields["user_id"].choices.append((str(NOBODY), "No longer here"))
        # On the page nothing stands for outbound, so that it stays out of the address.
        self.fields["direction"].widget.choices = [("", "Outbound"), *DIRECTIONS[1:]]
        for name in ("from_date", "to_date"):
            self.fields[name].widget.attrs |= {"min": FIRST_DAY.isoformat(), "max": self.today.isoformat()}

    @property
    def today(self) -> date:
        return timezone.localdate(self.now, self.zone)

    @property
    def preset(self) -> int | None:
        """The number of days another filter must not forget; None for the usual one and for free dates."""
        self.is_valid()
        days, free = self.cleaned_data.get("days"), self.data.get("from_date") or self.data.get("to_date")
        return days if days != DAYS and not free else None

    def clean_from_date(self) -> date | None:
        return self.clean_day("from_date")

    def clean_to_date(self) -> date | None:
        return self.clean_day("to_date")

    def clean_day(self, name: str) -> date | None:
        day = self.cleaned_data[name]
        if day is not None and not FIRST_DAY <= day <= self.today + timedelta(days=1):
            raise forms.ValidationError("Choose a day from 2000 until today.")
        return day

    def clean(self) -> dict[str, object]:
        said = super().clean()
        span = self.span(said)
        if span.first > span.last:
            self.add_error("from_date", "The first day is after the last.")
        elif span.days > LONGEST_DAYS:
            self.add_error("from_date", f"Choose at most {LONGEST_DAYS:,} days.")
        return said

    def span(self, said: Mapping[str, object]) -> Span:
        """The days that are asked for; with one end only, those from it until today or the usual number before it."""
        first, last = said.get("from_date"), said.get("to_date") or self.today
        first = first or max(last - timedelta(days=(said.get("days") or DAYS) - 1), FIRST_DAY)
        return Span(first, last, self.zone)

    def asked(self) -> Asked:
        self.is_valid()
        said = self.cleaned_data
        direction = said.get("direction") or self.default_direction
        return Asked(
            viewer=self.viewer,
            reps=self.reps,
            now=self.now,
            span=self.span(said),
            method=said.get("method") or "",
            # A rep's own numbers, whatever the address says.
            rep=said.get("user_id") if self.viewer.is_manager else self.viewer.id,
            direction="" if direction == ALL_DIRECTIONS else direction,
        )


def read_reps(viewer: User) -> tuple[datetime, list[User]]:
    """The database's clock and everybody of the viewer's company, those who left too, in one query."""
    found = User.objects.filter(company_id=viewer.company_id).annotate(read_at=DatabaseClock())
    reps = list(found.only("id", "email", "first_name", "last_name", "is_active", "company_id"))
    return reps[0].read_at, reps
