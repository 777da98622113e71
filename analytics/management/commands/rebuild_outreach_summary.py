from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from analytics.daily.rebuild import rebuild
from crm.models import Company
from crm.text import counted


class Command(BaseCommand):
    help = "Builds the daily numbers anew from the attempts, a month at a time, and says which had drifted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", metavar="NAME", help="Only the numbers of this company.")

    def handle(self, *, company: str | None, **options: object) -> None:
        companies = Company.objects.filter(name=company) if company else Company.objects.all()
        if company and not companies.exists():
            raise CommandError(f"There is no company named {company}.")
        months = drifted = 0
        for each in companies:
            for batch in rebuild(each):
                months, drifted = months + 1, drifted + batch.drifted
                if batch.drifted:
                    self.stdout.write(f"{each}, from {batch.first}: {batch.drifted:,} repaired")
        self.stdout.write(f"{counted(months, 'month')} looked at, {counted(drifted, 'number')} had drifted.")
