"""What reps type: a contact, the time of an answer, the reason of a void, and the filters of a timeline."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django import forms
from django.forms.utils import ErrorDict
from django.utils import timezone

from crm import times
from crm.models import User
from crm.pages.forms import CleanCharField
from crm.pages.keyset import End, read_end
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.contacts.contact import REASON_MAX, Contact
from outreach.models import BODY_MAX, SUBJECT_MAX, Direction
from outreach.models import NOTE_MAX as NOTE_LENGTH
from outreach.page.timeline import MOST_SHOWN, PAGE_SIZE, Entry

WHEN = [
    ("now", "Now"),
    ("5", "5 min ago"),
    ("15", "15 min ago"),
    ("30", "30 min ago"),
    ("60", "1 h ago"),
    ("120", "2 h ago"),
    ("1440", "Yesterday, this time"),
    ("other", "Another time…"),
]
# Why to go ahead, as it is kept. The dialog names the people in it.
REASONS = {
    "asked": "They asked me to",
    "agreed": "Agreed with a colleague",
    "topic": "Different topic",
    "follow_up": "Following up",
    "other": "Other",
}
NOTE_MAX = 400
LONGEST_KEY = 200
LARGEST_VERSION = 2**63 - 1


class Moment(forms.DateTimeField):
    """A date and time typed in the company's zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: object) -> datetime | None:
        try:
            moment = super().to_python(value)
            # The first and last days of the calendar have no counterpart in UTC.
            return moment and moment.astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class LogContactForm(forms.Form):
    """One contact, as the dialog and the page without JavaScript both send it."""

    method = forms.ChoiceField(choices=ContactMethod, widget=forms.RadioSelect)
    direction = forms.ChoiceField(choices=Direction, widget=forms.RadioSelect, initial=Direction.OUTBOUND)
    when = forms.ChoiceField(choices=WHEN, required=False, initial="now")
    occurred_at = Moment(label="Date and time", required=False)
    subject = CleanCharField(max_length=SUBJECT_MAX, required=False)
    body = CleanCharField(
        label="Message",
        max_length=BODY_MAX,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    responded = forms.BooleanField(label="They responded", required=False)
    response_at = Moment(label="When they responded", required=False)
    in_reply_to = forms.UUIDField(label="In reply to", required=False, widget=forms.Select)
    reason = forms.ChoiceField(choices=list(REASONS.items()), required=False, widget=forms.RadioSelect)
    note = CleanCharField(max_length=NOTE_MAX, required=False)
    act = forms.ChoiceField(
        choices=[("log", "log"), ("override", "override"), ("already_sent", "already_sent")],
        required=False,
        widget=forms.HiddenInput,
    )
    key = CleanCharField(max_length=LONGEST_KEY, required=False, widget=forms.HiddenInput)
    seen = forms.IntegerField(
        min_value=0, max_value=LARGEST_VERSION, required=False, widget=forms.HiddenInput(attrs={"id": "seen"})
    )

    @classmethod
    def fresh(cls, lead: Lead, method: str, answerable: list[Entry]) -> LogContactForm:
        """An empty form with a key of its own, so that sending it twice writes one row."""
        newest = next((entry.id for entry in answerable if not entry.responded), None)
        initial = {"method": method, "key": uuid.uuid4().hex, "seen": lead.version, "in_reply_to": newest}
        return cls(initial=initial)

    def name_people(self, lead: Lead, colleague: str, answerable: list[Entry]) -> None:
        """Name the lead and the colleague in the reasons, and offer the contacts that can be answered."""
        named = {"asked": f"{lead.short_name} asked me to"}
        if colleague:
            named["agreed"] = f"Agreed with {colleague}"
        self.fields["reason"].choices = [(code, named.get(code, words)) for code, words in REASONS.items()]
        self.fields["in_reply_to"].widget.choices = reply_choices(answerable)

    def leave_unchecked(self) -> None:
        """Show what is typed so far without a word about what is still missing."""
        self._errors = ErrorDict()

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        if cleaned.get("when") == "other" and not cleaned.get("occurred_at") and "occurred_at" not in self.errors:
            self.add_error("occurred_at", "Say when it was.")
        if cleaned.get("reason") == "other" and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", "Say why in a few words.")
        return cleaned

    def contact(self) -> Contact:
        """What the verb takes. Fields that do not apply to the direction are left out, however they were filled."""
        said = self.cleaned_data
        outbound = said["direction"] == Direction.OUTBOUND
        responded = outbound and said["responded"]
        return Contact(
            method=said["method"],
            direction=said["direction"],
            subject=said["subject"],
            body=said["body"],
            occurred_at=said["occurred_at"] if said["when"] == "other" else None,
            minutes_ago=int(said["when"]) if said["when"].isdecimal() else None,
            responded=responded,
            response_at=said["response_at"] if responded else None,
            in_reply_to=None if outbound else said["in_reply_to"],
        )

    def reason_text(self) -> str:
        """The chosen reason and the note as one sentence: "Different topic: pricing for the second team"."""
        chosen, note = self.cleaned_data.get("reason", ""), self.cleaned_data.get("note", "")
        label = REASONS.get(chosen, "") if chosen != "other" else ""
        return ": ".join(part for part in (label, note) if part)[:REASON_MAX]


def reply_choices(answerable: list[Entry]) -> list[tuple[str, str]]:
    now = timezone.now()
    return [("", "Nothing, they began it")] + [
        (str(entry.id), f"{entry.who} {entry.verb} {times.ago(entry.at, now)}{about(entry)}") for entry in answerable
    ]


def about(entry: Entry) -> str:
    return f": {entry.subject}" if entry.subject else ""


class AskForm(forms.Form):
    """What the dialog asks the guard with while it is being filled in. Half-typed times count as now.

    told: what the verdict that is shown says, so that the same one is not read out again.
    """

    method = forms.ChoiceField(choices=ContactMethod)
    direction = forms.ChoiceField(choices=Direction)
    when = forms.ChoiceField(choices=WHEN, required=False)
    occurred_at = Moment(required=False)
    seen = forms.IntegerField(min_value=0, max_value=LARGEST_VERSION, required=False)
    subject = CleanCharField(max_length=SUBJECT_MAX, required=False)
    body = CleanCharField(max_length=BODY_MAX, required=False)
    told = forms.CharField(required=False)


class ResponseForm(forms.Form):
    responded = forms.TypedChoiceField(
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda value: value == "true",
        widget=forms.HiddenInput,
    )
    response_at = Moment(label="When they replied", required=False, help_text="Leave it empty if it was just now.")


class VoidForm(forms.Form):
    reason = CleanCharField(max_length=500, label="Reason", help_text="For example: called the wrong person.")


class RemindForm(forms.Form):
    method = forms.ChoiceField(choices=ContactMethod)
    due_at = Moment(label="When")


class NoteForm(forms.Form):
    """A question to a colleague, or the answer to one."""

    recipient_id = forms.UUIDField(
        label="To",
        widget=forms.Select,
        error_messages={"required": "Choose a colleague.", "invalid": "Choose a colleague."},
    )
    attempt_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    text = CleanCharField(
        label="Question",
        max_length=NOTE_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write a few words."},
    )

    def offer(self, colleagues: list[User]) -> None:
        """Name who may be asked."""
        self.fields["recipient_id"].widget.choices = [(str(one.id), one.name) for one in colleagues]


class TimelineForm(forms.Form):
    """The filters and place in a timeline's address. Anything unknown in it counts as not given."""

    method = forms.ChoiceField(choices=[("", "All"), *ContactMethod.choices], required=False)
    direction = forms.ChoiceField(choices=[("", "Both"), *Direction.choices], required=False)
    before = forms.CharField(required=False, max_length=100)
    show = forms.IntegerField(required=False, min_value=1)
    version = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_VERSION)
    lead = forms.UUIDField(required=False)

    def filters(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in ("method", "direction")}

    def cursor(self) -> End | None:
        self.is_valid()
        return read_end(self.cleaned_data.get("before"))

    def size(self) -> int:
        self.is_valid()
        return min(max(self.cleaned_data.get("show") or PAGE_SIZE, PAGE_SIZE), MOST_SHOWN)

    def seen(self) -> int | None:
        self.is_valid()
        return self.cleaned_data.get("version")

    def page(self) -> uuid.UUID | None:
        """The lead whose page asks."""
        self.is_valid()
        return self.cleaned_data.get("lead")
