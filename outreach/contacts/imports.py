"""Importing calls as contact history: inserted once, never changed, the summaries recomputed at the end.

The calls have happened, so none is refused; those that broke a limit are flagged for a manager.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection

from crm.models import Company
from crm.models.ids import new_id
from crm.postgres.clock import database_clock
from crm.postgres.statistics import MANY, analyze
from crm.text import clean_text
from leads.imports.options import ImportOptions, Progress, only_import_of
from leads.imports.people import Owners, create_users
from leads.imports.report import ImportReport, read_rows
from leads.imports.table import CannotImport, TableRow, Unfit, read_table
from leads.methods import ContactMethod
from leads.models import Lead
from leads.person.records import records_of
from outreach.contacts.import_flags import flag_collisions
from outreach.contacts.summary import rebuild_summaries
from outreach.models import SUBJECT_MAX, ContactAttempt, GuardDecision

BATCH = 1_000
RAISE_VERSIONS = """
UPDATE leads_lead AS lead SET version = newest.version
FROM (
    SELECT pair.other, max(called.version) AS version
    FROM unnest(%s::uuid[], %s::uuid[]) AS pair(other, called) JOIN leads_lead AS called ON called.id = pair.called
    GROUP BY pair.other
) AS newest
WHERE lead.id = newest.other AND lead.version < newest.version
"""
YES_OR_NO = {"yes": True, "no": False}


@dataclass
class CallRow:
    """One call of the file, ready to save."""

    number: int
    external_id: str
    lead: str
    owner: str
    direction: str
    occurred_at: datetime
    subject: str
    body: str = ""
    metadata: dict[str, object] = field(default_factory=dict)


def import_calls(options: ImportOptions, progress: Progress = iter) -> ImportReport:
    """Add the calls with the company's imported leads to their history. Nothing is announced: they are past.

    Raises CannotImport, with nothing written, when the file cannot be taken.
    """
    if options.company._state.adding:
        raise CannotImport(f"There is no company “{options.company}”. Import its leads first.")
    report = ImportReport("Calls")
    calls = read_calls(options, report, progress)
    with only_import_of(options.company) as company:
        report.users = create_users(options.users, company)
        save_calls(calls, company, Owners(company, options.users), options, report)
    if report.created >= MANY:
        analyze(ContactAttempt, GuardDecision, Lead)
    return report


def read_calls(options: ImportOptions, report: ImportReport, progress: Progress) -> list[CallRow]:
    columns = options.source.calls
    table = progress(read_table(options.file, options.source.required(columns)))
    return read_rows(table, lambda row: read_call(row, options), columns["id"], report)


def read_call(row: TableRow, options: ImportOptions) -> CallRow:
    """The call of this row. Raises Unfit when it names no lead, or its time or direction cannot be read."""
    columns = options.source.calls
    if not row[columns["lead"]]:
        raise Unfit("it is not about a lead")
    if not row[columns["id"]]:
        raise Unfit(f"{columns['id']} is empty")
    if row[columns["direction"]] not in columns["directions"]:
        raise Unfit(f"{columns['direction']} “{row[columns['direction']][:80]}” is not known")
    subject = clean_cell(row, columns["subject"])
    return CallRow(
        number=row.number,
        external_id=columns["key"] + clean_cell(row, columns["id"], longest=150),
        lead=options.source.leads["key"] + row[columns["lead"]],
        owner=clean_cell(row, columns["owner"], longest=301),
        direction=columns["directions"][row[columns["direction"]]],
        occurred_at=read_moment(row, columns["occurred_at"], options),
        subject=subject if len(subject) <= SUBJECT_MAX else subject[: SUBJECT_MAX - 1] + "…",
        body="" if len(subject) <= SUBJECT_MAX else subject,
        metadata=dict(read_metadata(row, columns["metadata"])),
    )


def clean_cell(row: TableRow, column: str, longest: int = 50_000) -> str:
    try:
        text = clean_text(row[column])
    except ValidationError as error:
        raise Unfit(f"{column}: {error.messages[0]}") from error
    if len(text) > longest:
        raise Unfit(f"{column} is longer than {longest:,} characters")
    return text


def read_moment(row: TableRow, column: str, options: ImportOptions) -> datetime:
    try:
        return options.source.moment(row[column], options.zone)
    except Unfit as error:
        raise Unfit(f"{column} {error}") from error


def read_metadata(row: TableRow, columns: dict[str, dict[str, str]]) -> Iterator[tuple[str, object]]:
    """Pairs of name and value. A cell that is no number, or neither yes nor no, is left out."""
    for name, column in columns["numbers"].items():
        if row[column].isascii() and row[column].isdigit() and len(row[column]) <= 15:
            yield name, int(row[column])
    for name, column in columns["yes_or_no"].items():
        if row[column].lower() in YES_OR_NO:
            yield name, YES_OR_NO[row[column].lower()]
    for name, column in columns["texts"].items():
        if row[column]:
            yield name, clean_cell(row, column, longest=1_000)


def save_calls(
    calls: list[CallRow], company: Company, owners: Owners, options: ImportOptions, report: ImportReport
) -> None:
    """Lock the persons first, in id order as every verb does, then insert, then recompute the leads' summaries."""
    rows = new_calls(calls, company, options, report)
    records = records_called({row.lead for row in rows}, company)
    leads = lock_leads(records)
    now = database_clock()
    attempts = []
    for row in rows:
        lead = leads.get(row.lead)
        if lead is None:
            report.skip(row.number, "its lead is not here")
        elif lead.deleted_at:
            report.skip(row.number, "its lead was deleted here")
        else:
            attempts.append(new_attempt(row, lead, owners, options, now))
    number_by_time(attempts)
    ContactAttempt.objects.bulk_create(attempts, batch_size=BATCH)
    rebuild_summaries(list({attempt.lead_id for attempt in attempts}))
    report.created += len(attempts)
    raise_versions(records)
    report.flagged += flag_collisions(company, attempts, now)


def number_by_time(attempts: list[ContactAttempt]) -> None:
    """Give ids that rise with the time of the call: of two recorded at once, the earlier one comes first."""
    ids = sorted(new_id() for _ in attempts)
    for attempt, id in zip(sorted(attempts, key=lambda attempt: attempt.occurred_at), ids, strict=True):
        attempt.id = id


def new_calls(calls: list[CallRow], company: Company, options: ImportOptions, report: ImportReport) -> list[CallRow]:
    """Those not imported before, voided ones included: a voided call stays voided."""
    imported = ContactAttempt.objects.filter(
        company=company, method=ContactMethod.CALL, external_id__startswith=options.source.calls["key"]
    )
    known_ids = set(imported.values_list("external_id", flat=True))
    new = [row for row in calls if row.external_id not in known_ids]
    report.unchanged += len(calls) - len(new)
    return new


def records_called(external_ids: set[str], company: Company) -> dict[UUID, list[UUID]]:
    """The leads that are called, by id, each with all records of its person."""
    called = Lead.objects.filter(company=company, external_id__in=external_ids)
    return records_of(called.values_list("id", flat=True))


def lock_leads(records: dict[UUID, list[UUID]]) -> dict[str, Lead]:
    """Lock every record of these persons and return the leads that are called, by their key in the file."""
    ids = {record for person in records.values() for record in person}
    locked = Lead.objects.filter(id__in=ids).order_by("id").select_for_update(no_key=True)
    leads = locked.only("external_id", "deleted_at", "version", "company_id")
    return {lead.external_id: lead for lead in leads if lead.id in records}


def raise_versions(records: dict[UUID, list[UUID]]) -> None:
    """The other records of these persons show the calls too: raise them to the version of those that were called."""
    pairs = [(other, called) for called, person in records.items() for other in person if other != called]
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(RAISE_VERSIONS, [list(column) for column in zip(*pairs, strict=True)])


def new_attempt(row: CallRow, lead: Lead, owners: Owners, options: ImportOptions, now: datetime) -> ContactAttempt:
    user = owners.find(row.owner)
    return ContactAttempt(
        company_id=lead.company_id,
        lead=lead,
        user=user,
        user_name=row.owner or options.source.name,
        method=ContactMethod.CALL,
        direction=row.direction,
        subject=row.subject,
        body=row.body,
        metadata=row.metadata,
        occurred_at=min(row.occurred_at, now),
        created_at=now,
        # The recomputed summary raises the lead's version once, whatever the number of calls.
        lead_version=lead.version + 1,
        external_id=row.external_id,
    )
