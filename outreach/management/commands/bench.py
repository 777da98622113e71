from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from outreach.bench import database
from outreach.bench.api.run import clear_needed, report_api, run_api
from outreach.bench.guard import compare_persons
from outreach.bench.load import is_loaded, load
from outreach.bench.report import report
from outreach.bench.run import RunSize, run
from outreach.bench.server import granian, running_server

FULL = RunSize(rounds=4, alone=25, together=48, visible=5)
ASKED_EACH_ROUND = 50
QUICK = RunSize(rounds=1, alone=4, together=8, visible=1)
ORIGIN = "https://bench.localhost"


class Command(BaseCommand):
    help = "Measures pages, logging and live events, or the API, beside the bare SQL of the same work."
    # What it can measure; an app above has more.
    kinds = ["pages", "api"]
    # In production settings the checks ask for Redis, which one process does not need.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=self.kinds, default="pages", help="What is measured.")
        parser.add_argument("--leads", type=int, default=10_000)
        parser.add_argument("--attempts", type=int, default=100_000)
        parser.add_argument("--rounds", type=int, help="More rounds, steadier figures.")
        parser.add_argument("--quick", action="store_true", help="A few calls of each kind, to see that all is well.")
        parser.add_argument("--drop", action="store_true", help="Drop the measurement's database, and nothing else.")

    def handle(self, *, drop: bool, **options: Any) -> None:
        if os.environ.get("BENCH_STATIC_ROOT"):
            self.measure(**options)
        elif drop:
            database.drop(database.bench_name())
            self.stdout.write(f"Dropped {database.bench_name()}.")
        else:
            self.start_again()

    def start_again(self) -> None:
        """The same command in production settings and on the measurement's database, which is made first."""
        try:
            database.create(database.bench_name())
        except DatabaseError as error:
            raise CommandError(f"The measurement needs a database of its own: {error}") from error
        with tempfile.TemporaryDirectory() as static_root:
            ended = subprocess.run([sys.executable, *sys.argv], env={**os.environ, **environment(static_root)})
        if ended.returncode:
            raise CommandError("The measurement failed; see above.", returncode=ended.returncode)

    def measure(self, *, what: str, **options: Any) -> None:
        measure = self.measure_api if what == "api" else self.measure_pages
        measure(options["rounds"], options["quick"], leads=options["leads"], attempts=options["attempts"])

    def measure_pages(self, rounds: int | None, quick: bool, **amounts: int) -> None:
        size = chosen_size(rounds, quick)
        self.prepare(size.clear_leads, **amounts)
        with running_server() as server:
            result = run(server, size)
        guard = compare_persons(size.rounds * ASKED_EACH_ROUND)
        self.stdout.write(report(result, guard, server, size, **amounts))

    def measure_api(self, rounds: int | None, quick: bool, **amounts: int) -> None:
        rounds, calls = rounds or (1 if quick else 3), 16 if quick else 256
        self.prepare(clear_needed(rounds, calls, servers=2), **amounts)
        with running_server() as asgi, running_server(granian) as first, running_server(granian) as second:
            servers = {"ASGI, 1 process": [asgi], "WSGI, 2 workers": [first, second]}
            result = run_api(servers, rounds, calls)
        self.stdout.write(report_api(result, servers))

    def prepare(self, clear_leads: int, *, leads: int, attempts: int) -> None:
        """Load the database, unless an earlier run left what is needed."""
        if leads < 3 * clear_leads:
            raise CommandError(f"This many calls need at least {3 * clear_leads:,} leads.")
        call_command("migrate", verbosity=0)
        if not is_loaded(leads, attempts, clear_leads):
            self.stdout.write("Loading …")
            load(leads, attempts)
        call_command("collectstatic", interactive=False, verbosity=0)


def environment(static_root: str) -> dict[str, str]:
    """What makes the settings those of production, for this run only."""
    return {
        "BENCH_STATIC_ROOT": static_root,
        "DB_NAME": database.bench_name(),
        "DJANGO_SETTINGS_MODULE": "outreach.bench.settings",
        "TANDEM_DEBUG": "0",
        "TANDEM_ORIGINS": ORIGIN,
        "TANDEM_SECRET_KEY": settings.SECRET_KEY,
        "TANDEM_TRUSTED_PROXIES": "1",
        "API_CALLS_PER_MINUTE": "100000000",
        "REDIS_URL": "",
        "PYTHONUNBUFFERED": "1",
    }


def chosen_size(rounds: int | None, quick: bool) -> RunSize:
    size = QUICK if quick else FULL
    return RunSize(rounds or size.rounds, size.alone, size.together, size.visible)
