from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.db import connection

from analytics.bench import reading, writing
from analytics.bench.report import report
from crm.models import User
from outreach.bench.load import clear_leads, is_loaded, load
from outreach.bench.server import running_server
from outreach.management.commands.bench import Command as OutreachCommand

SIZES = (10_000, 1_000_000)


class Command(OutreachCommand):
    """`bench` measures pages and the API as outreach does, `bench analytics` the report."""

    kinds = [*OutreachCommand.kinds, "analytics"]

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--sizes", type=int, nargs="+", default=SIZES, help="For analytics: numbers of contacts, such as 10000000."
        )

    def measure(self, *, what: str, **options: Any) -> None:
        if what != "analytics":
            super().measure(what=what, **options)
        else:
            call_command("collectstatic", interactive=False, verbosity=0)
            for size in options["sizes"]:
                self.measure_report(options["leads"], size)

    def measure_report(self, leads: int, attempts: int) -> None:
        call_command("migrate", verbosity=0)
        if not is_loaded(leads, attempts, writing.needed()):
            self.stdout.write(f"Loading {attempts:,} …")
            load(leads, attempts)
        reading.prepare()
        user = User.objects.filter(company__isnull=False).order_by("email").first()
        assert user is not None, "The measurement's database has no users."
        User.objects.filter(pk=user.pk).update(role="manager")
        user.refresh_from_db()
        times, sizes = reading.measure(user), reading.sizes()
        with running_server() as server:
            users = list(User.objects.filter(company=user.company).order_by("email"))
            rates = writing.measure(users, server, iter(clear_leads(writing.needed())))
        self.stdout.write(report(attempts, times, rates, sizes) + "\n")
        connection.close()
        sys.stdout.flush()
