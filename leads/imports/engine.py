"""Importing leads: read and check everything first, then write it in one transaction."""

from __future__ import annotations

from crm.postgres.statistics import MANY, analyze
from leads.imports.options import ImportOptions, Progress, only_import_of
from leads.imports.people import Owners, create_users
from leads.imports.report import ImportReport, read_rows
from leads.imports.rows import ImportedLead, read_lead
from leads.imports.save import save_leads
from leads.imports.table import CannotImport, read_table
from leads.models import IdentifierKind, Lead, LeadIdentifier


def import_leads(options: ImportOptions, progress: Progress = iter) -> ImportReport:
    """Create the leads of a file and update those whose rows changed; an unchanged row leaves edits alone.

    Raises CannotImport, with nothing written, when the file or all of its rows cannot be taken.
    """
    report = ImportReport("Leads")
    leads = read_leads(options, report, progress)
    with only_import_of(options.company) as company:
        report.users = create_users(options.users, company)
        save_leads(leads, company, Owners(company, options.users), options, report)
        if not report.has_taken_something:
            raise CannotImport(f"No row of {options.file.name} can be imported.\n{report}")
    if report.created >= MANY:
        analyze(Lead, LeadIdentifier)
    return report


def read_leads(options: ImportOptions, report: ImportReport, progress: Progress) -> list[ImportedLead]:
    columns = options.source.leads
    table = progress(read_table(options.file, options.source.required(columns)))
    leads = read_rows(table, lambda row: read_lead(row, options), columns["id"], report)
    remark_shared(leads)
    return leads


def remark_shared(leads: list[ImportedLead]) -> None:
    """Rows that share an address are one person. All are imported: people decide which of them is right."""
    first: dict[tuple[str, str], int] = {}
    for lead in leads:
        for kind, pairs in lead.identifiers.items():
            for _, normalised in pairs:
                if first.setdefault((kind, normalised), lead.number) != lead.number:
                    lead.remarks.append(f"its {IdentifierKind(kind).label} is that of an earlier row")
