from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leads.imports.engine import import_leads
from leads.imports.options import add_options, progress_bar, read_options
from leads.imports.table import CannotImport


class Command(BaseCommand):
    help = "Imports leads from another CRM’s CSV export. Again, it adds what is new and updates what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *args: object, verbosity: int, **options: Any) -> None:
        try:
            report = import_leads(read_options(**options), progress_bar("Leads", verbosity))
        except CannotImport as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(report))
