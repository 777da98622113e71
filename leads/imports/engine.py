"""Importing leads: read and check everything first, then write it in one transaction."""

from __future__ import annotations

from crm.postgres.statistics import MANY, analyze
from leads.imports.options import Options, Progress, only_import_of
from leads.imports.people import Owners, bring_in
from leads.imports.report import Report
from leads.imports.rows import LeadRow, read_lead
from leads.imports.save import save_leads
from leads.imports.table import CannotImport, Unfit, read_table
from leads.models import IdentifierKind, Lead, LeadIdentifier


def import_leads(options: Options, progress: Progress = iter) -> Report:
    """Create the leads of a file and update those whose rows changed; an unchanged row leaves edits alone.

    Raises CannotImport, with nothing written, when the file or all of its rows cannot be taken.
    """
    report = Report("Leads")
    read = read_leads(options, report, progress)
    with only_import_of(options.company) as company:
        report.users = bring_in(options.people, company)
        save_leads(read, company, Owners(company, options.people), options, report)
        if not report.has_taken_something:
            raise CannotImport(f"No row of {options.file.name} can be imported.\n{report}")
    if report.created >= MANY:
        analyze(Lead, LeadIdentifier)
    return report


def read_leads(options: Options, report: Report, progress: Progress) -> list[LeadRow]:
    table = read_table(options.file, options.source.required(options.source.leads))
    read: dict[str, LeadRow] = {}
    for row in progress(table):
        try:
            lead = read_lead(row, options)
        except Unfit as error:
            report.skip(row.number, str(error))
            continue
        if lead.external_id in read:
            report.skip(row.number, f"{options.source.leads['id']} is that of an earlier row")
        else:
            read[lead.external_id] = lead
    remark_shared(list(read.values()))
    return list(read.values())


def remark_shared(read: list[LeadRow]) -> None:
    """Rows that share an address tell of one person. All come in: which of them is right, people decide."""
    first: dict[tuple[str, str], int] = {}
    for row in read:
        for kind, pairs in row.identifiers.items():
            for _, normalised in pairs:
                if first.setdefault((kind, normalised), row.number) != row.number:
                    row.remarks.append(f"its {IdentifierKind(kind).label} is that of an earlier row")
