"""The fields of the lead's form: addresses in rows, and each field as wide and as helped by the browser as it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from crm.pages.forms import CleanCharFormField
from leads.form.rows import split_rows
from leads.models import IdentifierKind

# Nobody types their own name or address here, so the browser offers none of theirs.
PLAIN = {"autocomplete": "off"}
# "text", not "email": Chromium would rewrite dana@müller.de, and no browser takes two that are pasted at once.
CODE = {**PLAIN, "autocapitalize": "none", "spellcheck": "false"}
ROW_ATTRIBUTES = {
    IdentifierKind.EMAIL: {**CODE, "type": "text", "inputmode": "email", "maxlength": "500"},
    IdentifierKind.PHONE: {**PLAIN, "type": "tel", "inputmode": "tel", "maxlength": "500"},
    IdentifierKind.PROFILE: {**CODE, "type": "text", "inputmode": "url", "maxlength": "500"},
}
ATTRIBUTES = {
    "first_name": {**PLAIN, "autocapitalize": "words"},
    "last_name": {**PLAIN, "autocapitalize": "words"},
    "job_title": PLAIN,
    "organization": {**PLAIN, "autocapitalize": "words"},
    "website": {**CODE, "inputmode": "url"},
    "industry": PLAIN,
    "source": PLAIN,
    "notes": PLAIN,
}


class RowsWidget(forms.Textarea):
    """Reads the rows of the page, which have all the same name; drawn by templates/leads/form/_addresses.html."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def value_from_datadict(self, data: Mapping[str, Any], files: object, name: str) -> Any:
        if not hasattr(data, "getlist") or name not in data:
            return data.get(name)
        # What the lead has already stays as it was typed then.
        known = lines_of(data.get(f"initial-{name}"))
        rows = ([text] if text in known else split_rows(self.kind, [text]) for text in data.getlist(name))
        return "\n".join(line for row in rows for line in row)


class AddressesField(CleanCharFormField):
    """Addresses of one kind, one per line."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(max_length=5_000, required=False, widget=RowsWidget(kind), **kwargs)
        self.kind = kind

    def has_changed(self, initial: Any, data: Any) -> bool:
        return lines_of(initial) != lines_of(data)


def lines_of(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def sized(fields: Mapping[str, forms.Field]) -> None:
    """Tell the browser what goes into each field."""
    for name, attributes in ATTRIBUTES.items():
        fields[name].widget.attrs.update(attributes)
