"""Writing imported leads: a few queries whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from crm.models import Company
from crm.postgres.clock import database_clock
from leads.actions import keys_of
from leads.addresses import ValuePair, new_identifiers
from leads.imports.options import ImportOptions
from leads.imports.people import Owners
from leads.imports.report import ImportReport
from leads.imports.rows import ImportedLead
from leads.models import IdentifierKind, Lead, LeadIdentifier
from leads.organizations import organization_keys
from leads.person.records import lock_keys, records_of
from leads.person.wishes import spread_wish

BATCH = 1_000
KINDS = IdentifierKind.values


def save_leads(
    imported: list[ImportedLead], company: Company, owners: Owners, options: ImportOptions, report: ImportReport
) -> None:
    """Create and update leads, and count them in the report. A lead that was deleted is skipped, with a remark."""
    earlier = Lead.objects.filter(company=company, external_id__startswith=options.source.leads["key"])
    known = {lead.external_id: lead for lead in earlier.only("external_id", "import_digest", "deleted_at")}
    new: list[ImportedLead] = []
    changed: dict[UUID, ImportedLead] = {}
    for row in imported:
        lead = known.get(row.external_id)
        if lead is None:
            new.append(row)
        elif lead.deleted_at:
            report.skip(row.number, "it was deleted here and is not brought back")
        elif lead.import_digest == row.digest():
            report.unchanged += 1
        else:
            changed[lead.id] = row
    rows = [*new, *changed.values()]
    lock_keys(company, (key for row in rows for key in keys_of(row.identifiers)), changed)
    create(new, company, owners, options, report)
    update(changed, report)


def create(
    rows: list[ImportedLead], company: Company, owners: Owners, options: ImportOptions, report: ImportReport
) -> None:
    now = database_clock()
    leads, identifiers = [], []
    for row in rows:
        lead = new_lead(row, company, now)
        lead.owner = owners.find(row.owner)
        if row.owner and lead.owner is None:
            row.remarks.append(f"{options.source.leads['owner']} “{row.owner[:80]}” is not a user, left without owner")
        leads.append(lead)
        identifiers += identifiers_of(lead, row.identifiers, now)
    Lead.objects.bulk_create(leads, batch_size=BATCH)
    LeadIdentifier.objects.bulk_create(identifiers, batch_size=BATCH)
    join_all(leads)
    report.created += len(leads)
    report_remarks(rows, report)


def new_lead(row: ImportedLead, company: Company, now: datetime) -> Lead:
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
        organization_keys=organization_of(row),
        **row.fields,
    )


def organization_of(row: ImportedLead, more_emails: Sequence[str] = ()) -> list[str]:
    """The lead's organization keys. more_emails: normalised ones that people added to the lead."""
    emails = [normalised for _, normalised in row.identifiers.get(IdentifierKind.EMAIL, [])]
    fields = row.fields
    return organization_keys(fields.get("organization", ""), fields.get("website", ""), [*emails, *more_emails])


def identifiers_of(lead: Lead, pairs_by_kind: dict[str, list[ValuePair]], now: datetime) -> list[LeadIdentifier]:
    # With the time as a value, thousands of rows are sent as one array each column, which is three times as fast.
    return [new for kind, pairs in pairs_by_kind.items() for new in new_identifiers(lead, kind, pairs, since=now)]


def update(rows: dict[UUID, ImportedLead], report: ImportReport) -> None:
    """Write what the rows say now. Status, owner and do-not-contact stay the reps', and notes only grow."""
    if not rows:
        return
    locked = Lead.objects.living().filter(id__in=rows).order_by("id").select_for_update(no_key=True)
    leads = list(locked.prefetch_related("identifiers"))
    now = database_clock()
    for lead in leads:
        change(lead, rows[lead.id], now)
    written = {name for row in rows.values() for name in row.fields}
    Lead.objects.bulk_create(
        leads,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[
            *sorted(written),
            "organization_keys",
            "notes",
            "created_at",
            "import_digest",
            "version",
            "updated_at",
        ],  # fmt: skip
    )
    update_identifiers({lead: rows[lead.id] for lead in leads}, now)
    report.updated += len(leads)
    report_remarks([rows[lead.id] for lead in leads], report)


def change(lead: Lead, row: ImportedLead, now: datetime) -> None:
    for name, value in row.fields.items():
        setattr(lead, name, value)
    emails = [i.normalised for i in lead.identifiers.all() if i.kind == IdentifierKind.EMAIL]
    lead.organization_keys = organization_of(row, emails)
    new_words = [words for words in row.kept if words not in lead.notes]
    lead.notes = "\n".join([*filter(None, [lead.notes]), *new_words])
    lead.created_at = row.created_at or lead.created_at
    lead.import_digest = row.digest()
    lead.version += 1
    lead.updated_at = now


def update_identifiers(rows: dict[Lead, ImportedLead], now: datetime) -> None:
    """The row's own come first, those people added behind them. Written only where that changes something."""
    new, moved = [], []
    for lead, row in rows.items():
        old = {(i.kind, i.normalised): i for i in lead.identifiers.all()}
        kept = {kind: [(i.value, i.normalised) for i in old.values() if i.kind == kind] for kind in KINDS}
        pairs = {kind: row.identifiers.get(kind, []) + kept[kind] for kind in KINDS}
        for identifier in identifiers_of(lead, pairs, now):
            known = old.get((identifier.kind, identifier.normalised))
            if known is None:
                new.append(identifier)
            elif (known.value, known.position) != (identifier.value, identifier.position):
                known.value, known.position = identifier.value, identifier.position
                moved.append(known)
    LeadIdentifier.objects.bulk_create(new, batch_size=BATCH)
    LeadIdentifier.objects.bulk_update(moved, ["value", "position"], batch_size=BATCH)
    join_all(rows)


def join_all(leads: Iterable[Lead]) -> None:
    """These leads have new identifiers: spread what their persons asked for, and raise the other records' versions."""
    persons = {frozenset(ids) for ids in records_of([lead.id for lead in leads]).values() if len(ids) > 1}
    for ids in persons:
        spread_wish(ids)
        newest = Lead.objects.filter(id__in=ids).aggregate(version=Max("version"))["version"]
        Lead.objects.filter(id__in=ids).update(version=newest + 1)


def report_remarks(rows: list[ImportedLead], report: ImportReport) -> None:
    for row in rows:
        for remark in row.remarks:
            report.remark(row.number, remark)
