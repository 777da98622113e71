"""One row of an export as the lead it describes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Field

from crm.text import clean_text
from leads.addresses import ValuePair, normalise
from leads.forms import is_web_address
from leads.imports.options import ImportOptions
from leads.imports.source import Section
from leads.imports.table import TableRow, Unfit
from leads.models import IdentifierKind, Lead, LeadStatus


@dataclass
class ImportedLead:
    """A lead as one row describes it, ready to save. Values without a column are in `kept`, why in `remarks`."""

    number: int
    external_id: str
    owner: str
    status: str = LeadStatus.NEW
    created_at: datetime | None = None
    fields: dict[str, str] = field(default_factory=dict)
    identifiers: dict[str, list[ValuePair]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def keep(self, column: str, value: str, why: str) -> None:
        self.kept.append(f"{column} as imported: {value}")
        self.remarks.append(f"{column} {why}, kept in the notes")

    def digest(self) -> str:
        """The digest of what a second import would write: not status and owner, which reps change after the first."""
        values = [self.fields, self.identifiers, self.kept, self.created_at and self.created_at.isoformat()]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def read_lead(row: TableRow, options: ImportOptions) -> ImportedLead:
    """The lead a row describes. Raises Unfit when it has no id or name, or text that cannot be stored."""
    columns = options.source.leads
    if not row[columns["id"]]:
        raise Unfit(f"{columns['id']} is empty")
    external_id = clean_cell(row, columns["id"], "external_id", prefix=columns["key"])
    lead = ImportedLead(row.number, external_id, owner=row[columns["owner"]])
    for name, column in columns["fields"].items():
        lead.fields[name] = clean_cell(row, column, name)
    if not any(lead.fields.get(name) for name in ("first_name", "last_name", "organization")):
        raise Unfit("it has neither a name nor an organization")
    read_website(lead, columns["fields"].get("website", ""))
    for kind, names in columns["identifiers"].items():
        lead.identifiers[kind] = read_identifiers(lead, row, kind, names, options.region)
    read_status(lead, row, columns)
    read_created_at(lead, row, columns["created_at"], options)
    return lead


def clean_cell(row: TableRow, column: str, name: str, prefix: str = "") -> str:
    field = Lead._meta.get_field(name)
    assert isinstance(field, Field)
    try:
        return str(field.clean(prefix + row[column], None))
    except ValidationError as error:
        raise Unfit(f"{column}: {error.messages[0]}") from error


def read_website(lead: ImportedLead, column: str) -> None:
    """An address a browser can open, as the form has it; without a scheme it is read as https."""
    website = lead.fields.get("website", "")
    address = website if "://" in website else f"https://{website}"
    if website and not (is_web_address(address) and len(address) <= 500):
        lead.keep(column, website, "is not a web address")
        address = ""
    lead.fields["website"] = address if website else ""


def read_identifiers(lead: ImportedLead, row: TableRow, kind: str, columns: list[str], region: str) -> list[ValuePair]:
    pairs: dict[str, str] = {}
    for column in columns:
        value = row[column]
        try:
            if value:
                pairs.setdefault(normalise(kind, value, region), value)
        except ValidationError:
            lead.keep(column, storable(value, column), f"is not {NOUNS[kind]}")
    return [(value, normalised) for normalised, value in pairs.items()]


NOUNS: dict[str, str] = {
    IdentifierKind.EMAIL: "an email address",
    IdentifierKind.PHONE: "a phone number",
    IdentifierKind.PROFILE: "a LinkedIn profile",
}


def storable(value: str, column: str) -> str:
    try:
        return clean_text(value)
    except ValidationError as error:
        raise Unfit(f"{column}: {error.messages[0]}") from error


def read_status(lead: ImportedLead, row: TableRow, columns: Section) -> None:
    status = row[columns["status"]]
    lead.status = columns["statuses"].get(status, LeadStatus.NEW)
    if status not in columns["statuses"]:
        lead.remarks.append(f"{columns['status']} “{status[:80]}” is not a known status, taken as new")


def read_created_at(lead: ImportedLead, row: TableRow, column: str, options: ImportOptions) -> None:
    try:
        lead.created_at = options.source.moment(row[column], options.zone)
    except Unfit as error:
        lead.remarks.append(f"{column} {error}, taken as now")
