"""One contact as a rep types it, and what the dialog asks the guard with meanwhile."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import timezone

from crm import times
from crm.pages.forms import CleanCharFormField
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.contacts.contact import REASON_MAX, Contact
from outreach.models import BODY_MAX, SUBJECT_MAX, Direction
from outreach.page.entries import TimelineEntry
from outreach.page.forms import LARGEST_VERSION, MomentField

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
# Why to go ahead, as it is stored. The dialog puts names into these texts.
REASONS = {
    "asked": "They asked me to",
    "agreed": "Agreed with a colleague",
    "topic": "Different topic",
    "follow_up": "Following up",
    "other": "Other",
}
NOTE_MAX = 400
LONGEST_KEY = 200


@dataclass(frozen=True)
class DirectionChoice:
    """One of the directions, in the rep's words. is_judged: the guard judges it, and its writer claims the person."""

    value: str
    icon: str
    words: str
    chosen: bool
    is_judged: bool


class LogContactForm(forms.Form):
    """One contact, as the dialog and the page without JavaScript both send it."""

    # Whom it is about, as the dialog says it; `name_people` names them.
    lead_name = "them"

    method = forms.ChoiceField(choices=ContactMethod, widget=forms.RadioSelect)
    direction = forms.ChoiceField(choices=Direction, widget=forms.RadioSelect, initial=Direction.OUTBOUND)
    when = forms.ChoiceField(choices=WHEN, required=False, initial="now")
    occurred_at = MomentField(label="Date and time", required=False)
    subject = CleanCharFormField(max_length=SUBJECT_MAX, required=False)
    body = CleanCharFormField(
        label="Message",
        max_length=BODY_MAX,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    responded = forms.BooleanField(label="They replied", required=False)
    response_at = MomentField(label="When they replied", required=False)
    in_reply_to = forms.UUIDField(label="In reply to", required=False, widget=forms.Select)
    reason = forms.ChoiceField(choices=list(REASONS.items()), required=False, widget=forms.RadioSelect)
    note = CleanCharFormField(max_length=NOTE_MAX, required=False)
    act = forms.ChoiceField(
        choices=[("log", "log"), ("override", "override"), ("already_sent", "already_sent")],
        required=False,
        widget=forms.HiddenInput,
    )
    key = CleanCharFormField(max_length=LONGEST_KEY, required=False, widget=forms.HiddenInput)
    seen = forms.IntegerField(
        min_value=0, max_value=LARGEST_VERSION, required=False, widget=forms.HiddenInput(attrs={"id": "seen"})
    )

    @classmethod
    def fresh(cls, lead: Lead, method: str, answerable: list[TimelineEntry]) -> LogContactForm:
        """An empty form with a key of its own, so that sending it twice writes one row."""
        newest = next((entry.id for entry in answerable if not entry.responded), None)
        initial = {"method": method, "key": cls.new_key(), "seen": lead.version, "in_reply_to": newest}
        return cls(initial=initial)

    @staticmethod
    def new_key() -> str:
        return uuid.uuid4().hex

    def name_people(self, lead: Lead, colleague: str, answerable: list[TimelineEntry]) -> None:
        """Name the lead and the colleague in the reasons, and offer the contacts that can be answered."""
        self.lead_name = lead.short_name
        names = {"asked": f"{lead.short_name} asked me to"}
        if colleague:
            names["agreed"] = f"Agreed with {colleague}"
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [(code, names.get(code, words)) for code, words in REASONS.items()]
        in_reply_to = self.fields["in_reply_to"].widget
        assert isinstance(in_reply_to, forms.Select)
        in_reply_to.choices = reply_choices(answerable)

    def directions(self) -> list[DirectionChoice]:
        typed = self["direction"].value()
        chosen = typed if typed in Direction.values else Direction.OUTBOUND
        return [
            DirectionChoice(one.value, one.icon, one.of(self.lead_name), one == chosen, one == Direction.OUTBOUND)
            for one in Direction
        ]

    def leave_unchecked(self) -> None:
        """Show what is typed so far, without errors about what is still missing."""
        self._errors = ErrorDict()

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("when") == "other" and not cleaned.get("occurred_at") and "occurred_at" not in self.errors:
            self.add_error("occurred_at", "Say when it was.")
        if cleaned.get("reason") == "other" and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", "Say why in a few words.")
        return cleaned

    def contact(self) -> Contact:
        """The contact for the verb. Fields that do not apply to the direction are left out, whatever is in them."""
        values = self.cleaned_data
        outbound = values["direction"] == Direction.OUTBOUND
        responded = outbound and values["responded"]
        return Contact(
            method=values["method"],
            direction=values["direction"],
            subject=values["subject"],
            body=values["body"],
            occurred_at=values["occurred_at"] if values["when"] == "other" else None,
            minutes_ago=int(values["when"]) if values["when"].isdecimal() else None,
            responded=responded,
            response_at=values["response_at"] if responded else None,
            in_reply_to=None if outbound else values["in_reply_to"],
        )

    @property
    def tells_contact(self) -> bool:
        """Whether the contact can be read, whatever is still missing of the reason."""
        return not set(self.errors) - {"reason", "note"}

    def reason_text(self) -> str:
        """The chosen reason and the note as one sentence: "Different topic: pricing for the second team"."""
        chosen, note = self.cleaned_data.get("reason", ""), self.cleaned_data.get("note", "")
        label = REASONS.get(chosen, "") if chosen != "other" else ""
        return ": ".join(part for part in (label, note) if part)[:REASON_MAX]


def typed(post: QueryDict) -> dict[str, str]:
    """What was typed. A manager whom the guard refuses may say why in two places: that of the pressed button counts."""
    fields = {name: str(post[name]) for name in post}
    if fields.get("act") == "override" and "note" in fields:
        fields["note"] = str(post.getlist("note")[0])
    return fields


def reply_choices(answerable: list[TimelineEntry]) -> list[tuple[str, str]]:
    now = timezone.now()
    return [("", "Nothing, they began it")] + [
        (str(entry.id), f"{entry.who} {entry.verb} {times.ago(entry.at, now)}{subject_part(entry)}")
        for entry in answerable
    ]


def subject_part(entry: TimelineEntry) -> str:
    return f": {entry.subject}" if entry.subject else ""


class QuestionForm(forms.Form):
    """What the dialog asks the guard with while it is filled in. An incomplete time counts as now.

    told: the text of the verdict that is shown, so that the same one is not read out again.
    """

    method = forms.ChoiceField(choices=ContactMethod)
    direction = forms.ChoiceField(choices=Direction)
    when = forms.ChoiceField(choices=WHEN, required=False)
    occurred_at = MomentField(required=False)
    seen = forms.IntegerField(min_value=0, max_value=LARGEST_VERSION, required=False)
    subject = CleanCharFormField(max_length=SUBJECT_MAX, required=False)
    body = CleanCharFormField(max_length=BODY_MAX, required=False)
    told = forms.CharField(required=False)
