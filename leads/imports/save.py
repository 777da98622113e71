"""Writing imported leads: a few queries whatever the number of rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from crm.models import Company
from leads.identity import new_identifiers
from leads.imports.options import Options
from leads.imports.people import Owners
from leads.imports.report import Report
from leads.imports.rows import LeadRow
from leads.models import IdentifierKind, Lead, LeadIdentifier

BATCH = 1_000
KINDS = IdentifierKind.values


def save_leads(read: list[LeadRow], company: Company, owners: Owners, options: Options, report: Report) -> None:
    here = Lead.objects.filter(company=company, external_id__startswith=options.source.leads["key"])
    known = {lead.external_id: lead for lead in here.only("external_id", "import_digest", "deleted_at")}
    new, changed = [], {}
    for row in read:
        lead = known.get(row.external_id)
        if lead is None:
            new.append(row)
        elif lead.deleted_at:
            report.skip(row.number, "it was deleted here and is not brought back")
        elif lead.import_digest == row.digest():
            report.unchanged += 1
        else:
            changed[lead.id] = row
    create(new, company, owners, options, report)
    update(changed, report)


def create(rows: list[LeadRow], company: Company, owners: Owners, options: Options, report: Report) -> None:
    now = database_clock()
    leads, identifiers = [], []
    for row in rows:
        lead = new_lead(row, company, now)
        lead.owner = owners.find(row.owner)
        if row.owner and lead.owner is None:
            row.remarks.append(f"{options.source.leads['owner']} “{row.owner[:80]}” is not a user, left without owner")
        leads.append(lead)
        identifiers += identifiers_of(lead, row.identifiers)
    Lead.objects.bulk_create(leads, batch_size=BATCH)
    LeadIdentifier.objects.bulk_create(identifiers, batch_size=BATCH)
    report.created += len(leads)
    tell_remarks(rows, report)


def new_lead(row: LeadRow, company: Company, now: datetime) -> Lead:
    return Lead(
        company=company,
        external_id=row.external_id,
        import_digest=row.digest(),
        # At the start: status_set_at stays empty, so contacts, also imported ones, move it up the ladder.
        status=row.status,
        status_set=row.status,
        notes="\n".join(row.kept),
        created_at=row.created_at or now,
        updated_at=now,
        **row.fields,
    )


def identifiers_of(lead: Lead, pairs_by_kind: dict[str, list[tuple[str, str]]]) -> list[LeadIdentifier]:
    return [new for kind, pairs in pairs_by_kind.items() for new in new_identifiers(lead, kind, pairs)]


def update(rows: dict[UUID, LeadRow], report: Report) -> None:
    """Write what the rows say now. Status, owner and do-not-contact stay the reps', and notes only grow."""
    if not rows:
        return
    locked = Lead.objects.living().filter(id__in=rows).order_by("id").select_for_update(no_key=True)
    leads = list(locked)
    now = database_clock()
    for lead in leads:
        change(lead, rows[lead.id], now)
    written = {name for row in rows.values() for name in row.fields}
    Lead.objects.bulk_create(
        leads,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*sorted(written), "notes", "created_at", "import_digest", "version", "updated_at"],
    )
    update_identifiers({lead: rows[lead.id] for lead in leads})
    report.updated += len(leads)
    tell_remarks([rows[lead.id] for lead in leads], report)


def database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def change(lead: Lead, row: LeadRow, now: datetime) -> None:
    for name, value in row.fields.items():
        setattr(lead, name, value)
    new_words = [words for words in row.kept if words not in lead.notes]
    lead.notes = "\n".join([*filter(None, [lead.notes]), *new_words])
    lead.created_at = row.created_at or lead.created_at
    lead.import_digest = row.digest()
    lead.version += 1
    lead.updated_at = now


def update_identifiers(rows: dict[Lead, LeadRow]) -> None:
    """The row's own come first, those people added behind them. Written only where that changes something."""
    found: dict[UUID, dict[str, list[tuple[str, str]]]] = {}
    for one in LeadIdentifier.objects.filter(lead__in=rows).order_by("kind", "position", "id"):
        found.setdefault(one.lead_id, {}).setdefault(one.kind, []).append((one.value, one.normalised))
    moved, identifiers = [], []
    for lead, row in rows.items():
        here = found.get(lead.id, {})
        merged = identifiers_of(lead, {kind: row.identifiers.get(kind, []) + here.get(kind, []) for kind in KINDS})
        if [(one.value, one.normalised) for one in merged] != [pair for kind in KINDS for pair in here.get(kind, [])]:
            moved.append(lead)
            identifiers += merged
    LeadIdentifier.objects.filter(lead__in=moved).delete()
    LeadIdentifier.objects.bulk_create(identifiers, batch_size=BATCH)


def tell_remarks(rows: list[LeadRow], report: Report) -> None:
    for row in rows:
        for remark in row.remarks:
            report.remark(row.number, remark)
