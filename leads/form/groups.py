"""The form's addresses as its page draws them: a group of rows for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.utils.safestring import SafeString

from leads.addresses import MAX_IDENTIFIERS
from leads.form.fields import ROW_ATTRIBUTES, lines_of
from leads.form.rows import Row, read_rows
from leads.models import IdentifierKind

# What is said at the row it is about, and not again below the group.
SAID_AT_ROW = {"unreadable", "too_long"}
# Without scripts nobody adds a row, so there are some to spare.
SPARE = 2
WORDS = {
    IdentifierKind.EMAIL: ("Email", "Add email"),
    IdentifierKind.PHONE: ("Phone", "Add phone"),
    IdentifierKind.PROFILE: ("LinkedIn", "Add profile"),
}


@dataclass(frozen=True)
class DrawnRow:
    """A row with the attributes of its field. label: "Email 2"."""

    row: Row
    label: str
    attributes: dict[str, str]
    note_id: str


@dataclass(frozen=True)
class AddressGroup:
    """initial: the hidden field with what an edit's page has shown; spare: rows for a browser without scripts."""

    name: str
    label: str
    add: str
    rows: list[DrawnRow]
    spare: list[DrawnRow]
    errors: list[str]
    initial: SafeString | str
    most: int = MAX_IDENTIFIERS

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors) or any(drawn.row.error for drawn in self.rows)


def address_group(kind: str, field: BoundField, region: str, known: Mapping[str, str]) -> AddressGroup:
    """The group of a bound field; each row is read anew, so that it says what is wrong and how it is compared."""
    label, add = WORDS[IdentifierKind(kind)]
    rows = read_rows(kind, lines_of(field.value()) or [""], region, known)
    return AddressGroup(
        name=field.html_name,
        label=label,
        add=add,
        rows=rows_of(kind, field, label, rows),
        spare=[drawn(kind, field.html_name, label, Row(), len(rows) + number) for number in range(1, SPARE + 1)],
        errors=list(errors_of(field)),
        initial=field.as_hidden(only_initial=True) if field.field.show_hidden_initial else "",
    )


def rows_of(kind: str, field: BoundField, label: str, rows: list[Row]) -> list[DrawnRow]:
    drawn_rows = [drawn(kind, field.html_name, label, row, number) for number, row in enumerate(rows, start=1)]
    if field.field.widget.attrs.get("autofocus"):
        first = next((one for one in drawn_rows if one.row.error), drawn_rows[0])
        first.attributes["autofocus"] = ""
    return drawn_rows


def drawn(kind: str, name: str, label: str, row: Row, number: int) -> DrawnRow:
    own_id = f"id_{name}" if number == 1 else f"id_{name}_{number}"
    own_label = label if number == 1 else f"{label} {number}"
    attributes = {
        **ROW_ATTRIBUTES[IdentifierKind(kind)],
        "name": name,
        "value": row.typed,
        "id": own_id,
        "aria-label": own_label,
        "aria-describedby": f"{own_id}_note",
        **({"aria-invalid": "true"} if row.error else {}),
    }
    return DrawnRow(row, own_label, attributes, f"{own_id}_note")


def errors_of(field: BoundField) -> Iterator[str]:
    """What is wrong with the group as a whole, such as too many."""
    data: Any = field.form.errors.as_data().get(field.name, []) if field.form.is_bound else []
    for error in data:
        if error.code not in SAID_AT_ROW:
            yield from error.messages
