"""The small forms of a lead's page: an answer, a void, a reminder, a note, and the filters of the timeline."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.http import QueryDict

from crm.models import User
from crm.pages.forms import CleanCharFormField
from crm.pages.keyset import read_end
from leads.methods import ContactMethod
from outreach.models import NOTE_MAX, Direction
from outreach.page.attempts import BlockSpan, Filters
from outreach.page.places import TimelinePlace

LARGEST_VERSION = 2**63 - 1
LONGEST_END = 100
# What is on a screen takes a few.
MOST_BLOCKS = 12


class MomentField(forms.DateTimeField):
    """A date and time typed in the company's zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: str | datetime | date | None) -> datetime | None:
        try:
            moment = super().to_python(value)
            # The first and last days of the calendar have no counterpart in UTC.
            return moment and moment.astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class ResponseForm(forms.Form):
    responded = forms.TypedChoiceField(
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda value: value == "true",
        widget=forms.HiddenInput,
    )
    response_at = MomentField(label="When they replied", required=False, help_text="Leave it empty if it was just now.")


class VoidForm(forms.Form):
    reason = CleanCharFormField(max_length=500, label="Reason", help_text="For example: called the wrong person.")


class RemindForm(forms.Form):
    method = forms.ChoiceField(choices=ContactMethod)
    due_at = MomentField(label="When")


class NoteForm(forms.Form):
    """A question to a colleague, or the answer to one."""

    recipient_id = forms.UUIDField(
        label="To",
        widget=forms.Select,
        error_messages={"required": "Choose a colleague.", "invalid": "Choose a colleague."},
    )
    attempt_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    text = CleanCharFormField(
        label="Question",
        max_length=NOTE_MAX,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write a few words."},
    )

    def offer(self, colleagues: list[User]) -> None:
        """Offer these colleagues as recipients."""
        recipient = self.fields["recipient_id"].widget
        assert isinstance(recipient, forms.Select)
        recipient.choices = [(str(colleague.id), colleague.name) for colleague in colleagues]


class TimelineForm(forms.Form):
    """The filters and place in a timeline's address. A value it cannot read is ignored."""

    data: QueryDict

    method = forms.ChoiceField(choices=[("", "All"), *ContactMethod.choices], required=False)
    direction = forms.ChoiceField(choices=[("", "Both"), *Direction.choices], required=False)
    before = forms.CharField(required=False, max_length=LONGEST_END)
    after = forms.CharField(required=False, max_length=LONGEST_END)
    oldest = forms.BooleanField(required=False)
    day = forms.DateField(required=False)
    entry = forms.UUIDField(required=False)
    version = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_VERSION)
    lead = forms.UUIDField(required=False)

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data

    def filters(self) -> Filters:
        values = self.values()
        return Filters(values.get("method") or "", values.get("direction") or "")

    def place(self) -> TimelinePlace:
        values = self.values()
        return TimelinePlace(
            before=read_end(values.get("before")),
            after=read_end(values.get("after")),
            oldest=bool(values.get("oldest")),
            day=values.get("day"),
            entry=values.get("entry"),
            spans=tuple(self.spans()),
        )

    def spans(self) -> Iterator[BlockSpan]:
        """The blocks a page has and wants read again, each as its two boundaries: "block=before~until"."""
        for block in self.data.getlist("block")[:MOST_BLOCKS]:
            before, _, until = block.partition("~")
            yield BlockSpan(read_end(before), read_end(until))

    def seen(self) -> int | None:
        return self.values().get("version")

    def page(self) -> uuid.UUID | None:
        """The id of the lead whose page sent the request."""
        return self.values().get("lead")
