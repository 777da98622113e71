"""The form that adds a webhook."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError

from crm.pages.forms import CleanCharFormField
from outreach.models import URL_MAX, WEBHOOK_EVENTS
from outreach.webhooks.target import clean_url


class WebhookForm(forms.Form):
    url = CleanCharFormField(
        label="Address",
        max_length=URL_MAX,
        # Our own error message, the same in all browsers: a plain text field is not checked by them.
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text="A public web address that takes a POST, such as https://tool.example.com/hook.",
        error_messages={"required": "Give the address to send to."},
    )
    events = forms.MultipleChoiceField(
        label="Send when",
        choices=[(str(event), event.label) for event in WEBHOOK_EVENTS],
        initial=[str(event) for event in WEBHOOK_EVENTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one.",
            "invalid_choice": "There is no event “%(value)s”. Choose from the list.",
        },
    )

    def clean_url(self) -> str:
        """As it was typed, once it is known to be acceptable; the verb stores the cleaned address."""
        typed: str = self.cleaned_data["url"]
        clean_url(typed)
        return typed

    def clean_events(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["events"]
        if len(chosen) > len(WEBHOOK_EVENTS):
            raise ValidationError("Choose each at most once.")
        return chosen
