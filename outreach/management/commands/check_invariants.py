from __future__ import annotations

from argparse import ArgumentParser
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from crm.invariants import NO_LIMIT, Invariant, Offenders, all_invariants, find_offenders
from crm.models import Company
from crm.text import counted
from outreach.contacts.repair import rebuild_in_batches

BATCH = 50


class Command(BaseCommand):
    help = "Checks what must hold at any moment and names what does not. Exit code 1 when anything is found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", metavar="NAME", help="Only the rows of this company.")
        parser.add_argument("--fix", action="store_true", help="Repair drifted summaries first.")

    def handle(self, *, company: str | None, fix: bool, **options: object) -> None:
        company_id = find_company(company)
        if fix:
            self.stdout.write(f"Drifted summaries repaired: {repair(company_id):,}")
        violations = sum(self.report(invariant, company_id) for invariant in all_invariants())
        if violations:
            raise CommandError(counted(violations, "violation"), returncode=1)
        self.stdout.write(self.style.SUCCESS("0 violations"))

    def report(self, invariant: Invariant, company_id: UUID | None) -> int:
        offenders = find_offenders(invariant, company_id=company_id)
        self.stdout.write(f"{invariant.number:>3}  {offenders.count:>7,}  {invariant.sentence}")
        if offenders.count:
            self.stdout.write(f"{'':14}{listed(offenders)}")
        return offenders.count


def find_company(name: str | None) -> UUID | None:
    if name is None:
        return None
    company = Company.objects.filter(name=name).first()
    if company is None:
        raise CommandError(f"There is no company named {name}.")
    return company.id


def repair(company_id: UUID | None) -> int:
    """Rebuild the summaries that are wrong now, a few at a time, and whatever else has a repair of its own."""
    drifted: set[UUID] = set()
    repaired = sum(invariant.repair(company_id) for invariant in all_invariants() if invariant.repair)
    for invariant in all_invariants():
        if invariant.repairable:
            offenders = find_offenders(invariant, company_id=company_id, shown=NO_LIMIT)
            drifted.update(map(UUID, offenders.ids))
    return repaired + sum(len(lead_ids) for _, lead_ids in rebuild_in_batches(sorted(drifted), size=BATCH))


def listed(offenders: Offenders) -> str:
    more = offenders.count - len(offenders.ids)
    return ", ".join(offenders.ids) + (f" and {more:,} more" if more else "")
