from __future__ import annotations

from argparse import ArgumentParser
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from crm.text import counted
from leads.models import Lead, LeadQuerySet
from outreach.contacts.repair import every_lead, rebuild_in_batches

BATCH = 500


class Command(BaseCommand):
    help = "Recomputes the summaries of leads from their attempts and says which had drifted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", metavar="NAME", help="Only the leads of this company.")
        parser.add_argument("--lead", metavar="ID", type=UUID, help="Only this lead.")

    def handle(self, *, company: str | None, lead: UUID | None, **options: object) -> None:
        leads = chosen(company, lead)
        total = repaired = 0
        for size, drifted in rebuild_in_batches(every_lead(leads, size=BATCH), size=BATCH):
            total, repaired = total + size, repaired + len(drifted)
            for lead_id in drifted:
                self.stdout.write(f"repaired {lead_id}")
        self.stdout.write(f"{counted(total, 'lead')} looked at, {repaired:,} had drifted.")


def chosen(company: str | None, lead: UUID | None) -> LeadQuerySet:
    """The leads to rebuild. Raises CommandError when there is nothing of that name or id."""
    leads = Lead.objects.all()
    if company:
        leads = leads.filter(company__name=company)
    if lead:
        leads = leads.filter(pk=lead)
    if (company or lead) and not leads.exists():
        raise CommandError("There are no such leads.")
    return leads
