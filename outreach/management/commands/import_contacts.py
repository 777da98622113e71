from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leads.imports.options import add_options, progress_bar, read_options
from leads.imports.table import CannotImport
from outreach.contacts.imports import import_calls


class Command(BaseCommand):
    help = "Imports calls from another CRM’s CSV export into the history of leads imported from it before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *args: object, verbosity: int, **options: Any) -> None:
        try:
            report = import_calls(read_options(**options), progress_bar("Calls", verbosity))
        except CannotImport as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(report))
