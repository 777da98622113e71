"""One row of an export as the lead it tells of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError

from crm.text import clean_text
from leads.addresses import normalise
from leads.forms import is_web_address
from leads.imports.options import Options
from leads.imports.table import Row, Unfit
from leads.models import IdentifierKind, Lead, LeadStatus


@dataclass
class LeadRow:
    """What a row says of a lead, ready to save. Words it could not place are in `kept`, why in `remarks`."""

    number: int
    external_id: str
    owner: str
    status: str = LeadStatus.NEW
    created_at: datetime | None = None
    fields: dict[str, str] = field(default_factory=dict)
    identifiers: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def keep(self, column: str, value: str, why: str) -> None:
        self.kept.append(f"{column} as imported: {value}")
        self.remarks.append(f"{column} {why}, kept in the notes")

    def digest(self) -> str:
        """Of what a second import would write. Status and owner are the reps' own once the lead is here."""
        said = [self.fields, self.identifiers, self.kept, self.created_at and self.created_at.isoformat()]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def read_lead(row: Row, options: Options) -> LeadRow:
    """The lead a row tells of. Raises Unfit when it has no id or name, or text that cannot be stored."""
    columns = options.source.leads
    if not row[columns["id"]]:
        raise Unfit(f"{columns['id']} is empty")
    external_id = clean_cell(row, columns["id"], "external_id", prefix=columns["key"])
    read = LeadRow(row.number, external_id, owner=row[columns["owner"]])
    for name, column in columns["fields"].items():
        read.fields[name] = clean_cell(row, column, name)
    if not any(read.fields.get(name) for name in ("first_name", "last_name", "organization")):
        raise Unfit("it has neither a name nor an organization")
    read_website(read, columns["fields"].get("website", ""))
    for kind, names in columns["identifiers"].items():
        read.identifiers[kind] = read_identifiers(read, row, kind, names, options.region)
    read_status(read, row, columns)
    read_created_at(read, row, columns["created_at"], options)
    return read


def clean_cell(row: Row, column: str, name: str, prefix: str = "") -> str:
    try:
        return Lead._meta.get_field(name).clean(prefix + row[column], None)
    except ValidationError as error:
        raise Unfit(f"{column}: {error.messages[0]}") from error


def read_website(read: LeadRow, column: str) -> None:
    """An address a browser can open, as the form has it; without a scheme it is read as https."""
    website = read.fields.get("website", "")
    address = website if "://" in website else f"https://{website}"
    if website and not (is_web_address(address) and len(address) <= 500):
        read.keep(column, website, "is not a web address")
        address = ""
    read.fields["website"] = address if website else ""


def read_identifiers(read: LeadRow, row: Row, kind: str, columns: list[str], region: str) -> list[tuple[str, str]]:
    pairs: dict[str, str] = {}
    for column in columns:
        value = row[column]
        try:
            if value:
                pairs.setdefault(normalise(kind, value, region), value)
        except ValidationError:
            read.keep(column, storable(value, column), f"is not {NOUNS[kind]}")
    return [(value, normalised) for normalised, value in pairs.items()]


NOUNS = {
    IdentifierKind.EMAIL: "an email address",
    IdentifierKind.PHONE: "a phone number",
    IdentifierKind.PROFILE: "a LinkedIn profile",
}


def storable(value: str, column: str) -> str:
    try:
        return clean_text(value)
    except ValidationError as error:
        raise Unfit(f"{column}: {error.messages[0]}") from error


def read_status(read: LeadRow, row: Row, columns: dict) -> None:
    said = row[columns["status"]]
    read.status = columns["statuses"].get(said, LeadStatus.NEW)
    if said not in columns["statuses"]:
        read.remarks.append(f"{columns['status']} “{said[:80]}” is not a known status, taken as new")


def read_created_at(read: LeadRow, row: Row, column: str, options: Options) -> None:
    try:
        read.created_at = options.source.moment(row[column], options.zone)
    except Unfit as error:
        read.remarks.append(f"{column} {error}, taken as now")
