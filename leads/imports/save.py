"""Writing imported leads: a few queries whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max

from crm.models import Company
from leads.actions import keys_of
from leads.addresses import new_identifiers
from leads.imports.options import Options
from leads.imports.people import Owners
from leads.imports.report import Report
from leads.imports.rows import LeadRow
from leads.models import IdentifierKind, Lead, LeadIdentifier
from leads.organizations import organization_keys
from leads.person.records import lock_records, records_of
from leads.person.wishes import spread_wish

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
    rows = [*new, *changed.values()]
    lock_records(company, (pair for row in rows for pair in keys_of(row.identifiers)), changed)
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
        identifiers += identifiers_of(lead, row.identifiers, now)
    Lead.objects.bulk_create(leads, batch_size=BATCH)
    LeadIdentifier.objects.bulk_create(identifiers, batch_size=BATCH)
    join_all(leads)
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
        organization_keys=keys_at_work(row),
        **row.fields,
    )


def keys_at_work(row: LeadRow, emails: list[str] = ()) -> list[str]:
    """Which organization a row speaks of, also by emails that people added here."""
    said = [normalised for _, normalised in row.identifiers.get(IdentifierKind.EMAIL, [])]
    return organization_keys(row.fields.get("organization", ""), row.fields.get("website", ""), [*said, *emails])


def identifiers_of(lead: Lead, pairs_by_kind: dict[str, list[tuple[str, str]]], now: datetime) -> list[LeadIdentifier]:
    # Told the time, thousands of rows go in as one array each column, which is three times as fast.
    return [new for kind, pairs in pairs_by_kind.items() for new in new_identifiers(lead, kind, pairs, since=now)]


def update(rows: dict[UUID, LeadRow], report: Report) -> None:
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
    tell_remarks([rows[lead.id] for lead in leads], report)


def database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def change(lead: Lead, row: LeadRow, now: datetime) -> None:
    for name, value in row.fields.items():
        setattr(lead, name, value)
    emails = [one.normalised for one in lead.identifiers.all() if one.kind == IdentifierKind.EMAIL]
    lead.organization_keys = keys_at_work(row, emails)
    new_words = [words for words in row.kept if words not in lead.notes]
    lead.notes = "\n".join([*filter(None, [lead.notes]), *new_words])
    lead.created_at = row.created_at or lead.created_at
    lead.import_digest = row.digest()
    lead.version += 1
    lead.updated_at = now


def update_identifiers(rows: dict[Lead, LeadRow], now: datetime) -> None:
    """The row's own come first, those people added behind them. Written only where that changes something."""
    new, moved = [], []
    for lead, row in rows.items():
        here = {(one.kind, one.normalised): one for one in lead.identifiers.all()}
        added = {kind: [(one.value, one.normalised) for one in here.values() if one.kind == kind] for kind in KINDS}
        for wanted in identifiers_of(lead, {kind: row.identifiers.get(kind, []) + added[kind] for kind in KINDS}, now):
            known = here.get((wanted.kind, wanted.normalised))
            if known is None:
                new.append(wanted)
            elif (known.value, known.position) != (wanted.value, wanted.position):
                known.value, known.position = wanted.value, wanted.position
                moved.append(known)
    LeadIdentifier.objects.bulk_create(new, batch_size=BATCH)
    LeadIdentifier.objects.bulk_update(moved, ["value", "position"], batch_size=BATCH)
    join_all(rows)


def join_all(leads: Iterable[Lead]) -> None:
    """These leads have new identifiers: what their persons asked for holds on them, and other records' pages know."""
    persons = {frozenset(ids) for ids in records_of([lead.id for lead in leads]).values() if len(ids) > 1}
    for ids in persons:
        spread_wish(ids)
        newest = Lead.objects.filter(id__in=ids).aggregate(version=Max("version"))["version"]
        Lead.objects.filter(id__in=ids).update(version=newest + 1)


def tell_remarks(rows: list[LeadRow], report: Report) -> None:
    for row in rows:
        for remark in row.remarks:
            report.remark(row.number, remark)
