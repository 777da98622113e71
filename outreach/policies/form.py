"""The form of a company's policy: a number for each limit, with its bounds at the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django import forms
from django.forms import BoundField

from leads.methods import ContactMethod
from outreach.models import LIMITS
from outreach.policies.policy import LONGEST_VERSION, Policy, bounds_of, bounds_words
from outreach.policies.words import claim_words, method_words, organization_words, similar_words

LABELS = {
    "cooldown_count": "at most",
    "cooldown_hours": "in hours",
    "warning_days": "a reason within days",
    "organization_days": "Days",
    "similarity_percent": "Percent",
    "claim_minutes": "Minutes",
}
SWITCHED_OFF = {
    "cooldown_hours": "empty for no limit",
    "warning_days": "0 for never",
    "organization_days": "0 for never",
}


class HoursInput(forms.NumberInput):
    """Hours in which so many contacts are allowed. Without any there is no limit, and "0 h" would be nonsense."""

    def format_value(self, value: object) -> str | None:
        return None if str(value) == "0" else super().format_value(value)


class HoursField(forms.IntegerField):
    def clean(self, value: object) -> int:
        """Raises ValidationError outside the bounds. Nothing is no limit."""
        hours: int | None = super().clean(value)
        return hours or 0


def number(field: str, label: str) -> forms.IntegerField:
    low, high = bounds_of(field)
    name = next(name for name in LABELS if field.endswith(name))
    words = bounds_words(field)
    off = f", {SWITCHED_OFF[name]}" if name in SWITCHED_OFF else ""
    is_hours = name == "cooldown_hours"
    attributes = {"inputmode": "numeric", "autocomplete": "off", "aria-label": label}
    no_limit = {**attributes, "placeholder": "No limit"}
    return (HoursField if is_hours else forms.IntegerField)(
        label=label,
        required=not is_hours,
        min_value=low,
        max_value=high,
        help_text=f"{low:,} to {high:,}{off}",
        error_messages=dict.fromkeys(["invalid", "required", "min_value", "max_value"], words),
        widget=HoursInput(no_limit) if is_hours else forms.NumberInput(attributes),
    )


def method_fields() -> dict[str, forms.IntegerField]:
    return {
        f"{method}_{name}": number(f"{method}_{name}", f"{method.label}, {LABELS[name]}")
        for method in ContactMethod
        for name in LIMITS
    }


@dataclass(frozen=True)
class MethodRow:
    """One method as the form shows it: its three numbers, and what they mean."""

    method: ContactMethod
    count: BoundField
    hours: BoundField
    days: BoundField
    words: str


class WholePolicyForm(forms.Form):
    organization_days = number("organization_days", "Same organization, within days")
    organization_warns = forms.TypedChoiceField(
        label="What it asks for",
        choices=[("0", "A note"), ("1", "A reason")],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["invalid_choice", "required"], "Choose a note or a reason."),
    )
    similarity_percent = number("similarity_percent", "Similar messages, percent alike")
    claim_minutes = number("claim_minutes", "Shown as writing, minutes")
    # What the page was rendered with: a form without it is one that saw nothing.
    version = forms.CharField(max_length=LONGEST_VERSION, required=False, widget=forms.HiddenInput)


class PolicyForm(WholePolicyForm):
    """Typed limits beside those in force, for words such as "1 email per 12 h, was 1 per 24 h"."""

    def __init__(self, data: Mapping[str, object] | None = None, *, current: Policy) -> None:
        super().__init__(data, initial=initial(current))
        # As the page has them, so that the first one that is wrong is the uppermost.
        self.fields = {**method_fields(), **self.fields}
        self.current = current

    def policy(self) -> Policy:
        """The typed limits; where a number cannot be read yet, the one in force."""
        self.is_valid()
        typed = self.cleaned_data if self.is_bound else {}
        return Policy.of({**self.current.values, **typed})

    def rows(self) -> Iterator[MethodRow]:
        typed = self.policy()
        for method in ContactMethod:
            yield MethodRow(
                method=method,
                count=self[f"{method}_cooldown_count"],
                hours=self[f"{method}_cooldown_hours"],
                days=self[f"{method}_warning_days"],
                words=method_words(method, typed.methods[method], self.current.methods[method]),
            )

    def whole_words(self) -> dict[str, str]:
        typed = self.policy()
        return {
            "organization": organization_words(typed, self.current),
            "similar": similar_words(typed, self.current),
            "claim": claim_words(typed, self.current),
        }


def initial(policy: Policy) -> dict[str, object]:
    values = policy.values
    return {**values, "organization_warns": str(int(values["organization_warns"])), "version": policy.version}
