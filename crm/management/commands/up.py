"""`manage.py up`: from a fresh checkout to a page one can use.

What it shows while it starts is made by crm/setup/start; its port was looked at there before Django was loaded.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import StringIO
from threading import Thread
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command, load_command_class
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, Error, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor

from crm.embedded.place import find_place
from crm.setup.environment import data_folder
from crm.setup.start.collect import collect
from crm.setup.start.holders import lock_holder
from crm.setup.start.loading import loading
from crm.setup.start.port import HOST, add_port, port_number, port_problem
from crm.setup.start.servers import alone_at_the_tables, in_a_line, wait_for_database, wait_for_redis
from crm.setup.start.steps import step

PEOPLE = (
    ("alice@demo.test", "rep"),
    ("bob@demo.test", "rep at the same company"),
    ("mona@demo.test", "their manager"),
    ("charlie@rival.test", "rep at another company"),
    ("admin@demo.test", "staff, for /admin/"),
)


class Command(BaseCommand):
    help = "Serve Tandem on this machine, with whatever it needs made first. `up --help` tells more."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_port(parser)
        # Read before Django was loaded: crm/setup/start/loading.py, which has the words of --help too.
        parser.add_argument("--debug", action="store_true")

    def handle(self, *args: object, port: str, **options: object) -> None:
        try:
            number = checked_port(port)
            self.start()
            serve(number)
        except CommandError as error:
            # As a sentence, without the name of a class in front.
            sys.exit(str(error))

    def start(self) -> None:
        try:
            load(self)
            if settings.COLLECTED:
                collect()
            wait_for_redis()
            prepare()
        except (Error, psycopg.Error, OSError, InconsistentMigrationHistory) as error:
            raise CommandError(in_plain_words(error)) from error
        send_webhooks()


def checked_port(text: str) -> int:
    refuse_production()
    try:
        port = port_number(text)
    except ArgumentTypeError as error:
        raise CommandError(f"{error}.") from error
    # It may have been taken while packages were installed.
    problem = port_problem(port)
    if problem:
        raise CommandError(problem)
    return port


def refuse_production() -> None:
    if settings.PRODUCTION:
        raise CommandError(
            "`up` is for trying Tandem out on one's own machine, and this one is set up for production "
            "(TANDEM_DEBUG=0). Run `manage.py migrate` and an ASGI server behind a proxy instead."
        )


def load(command: BaseCommand) -> None:
    """What serving needs: Python compiles it the first time, which takes seconds and is part of the first step."""
    command.check()
    import_module("daphne.server")
    loading.end()


def prepare() -> None:
    """The database, its tables, and the demo story where there is nothing."""
    if settings.DATABASES["default"]["ENGINE"] == "crm.embedded":
        start_embedded()
    else:
        wait_for_database()
    if has_pending_migrations() or is_empty():
        with alone_at_the_tables():
            fill()
    # Back to the pool: this thread now only serves.
    connection.close()


def start_embedded() -> None:
    lock = find_place(data_folder()).home / "start.lock"
    with step("Starting PostgreSQL", waits_for=lambda: (holder := lock_holder(lock)) and f"waiting for {holder}"):
        # Without the pool, which would hide why it cannot be reached.
        psycopg.connect(**connection.get_connection_params()).close()


def fill() -> None:
    """What is still to be done: another process may have done it while this one waited."""
    if has_pending_migrations():
        with step("Preparing the tables"), unhurried():
            call_command("migrate", verbosity=0)
    if is_empty():
        with step("Loading the demo story"), unhurried():
            call_command("demo_data", stdout=StringIO())


@contextmanager
def unhurried() -> Iterator[None]:
    """Without the limits of a page: large tables take longer than it may, and a busy machine to tell the story."""
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = 0" for name in names))
        yield
        cursor.execute("; ".join(f"RESET {name}" for name in names))


def has_pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    # Where nothing is pending `migrate` never runs, and would not note which files have replaced those that did.
    executor.check_replacements()
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def is_empty() -> bool:
    from crm.models import Company

    return not Company.objects.exists()


def in_plain_words(error: Exception) -> str:
    """Why it could not start, in a sentence."""
    if isinstance(error, InconsistentMigrationHistory):
        return f"The database was made by another version of Tandem: {in_a_line(error)}."
    elif isinstance(error, OSError) and error.filename:
        return f"{os.fspath(error.filename)} cannot be used: {error.strerror}."
    elif isinstance(error, DatabaseError | psycopg.Error):
        return f"The database cannot be used: {in_a_line(error)}."
    else:
        return f"Tandem cannot start: {in_a_line(error)}."


def send_webhooks() -> None:
    """One worker beside the server, in this process: it ends with it, whatever it is doing."""
    # Known by its name only: crm imports nothing of the apps above it.
    command = load_command_class("outreach", "deliver_webhooks")
    Thread(target=command.run_beside, daemon=True).start()  # type: ignore[attr-defined]  # this command's own


def serve(port: int) -> None:
    """Until Ctrl-C. Daphne itself, as in production: its `runserver` would serve static files uncompressed."""
    from channels.routing import get_default_application
    from daphne.server import Server

    class TellingServer(Server):  # type: ignore[misc]  # daphne ships no types
        failure = ""

        def listen_success(self, listening: Any) -> None:
            super().listen_success(listening)
            print(welcome(port), flush=True)

        def listen_error(self, failure: Any) -> None:
            # Between the last look at the port and now somebody took it.
            self.failure = port_problem(port) or failure.getErrorMessage()
            self.stop()

    server = TellingServer(get_default_application(), endpoints=[f"tcp:{port}:interface={HOST}"])
    server.run()
    if server.failure:
        raise CommandError(server.failure)


def welcome(port: int) -> str:
    width = max(len(email) for email, _ in PEOPLE)
    people = [f"  {email:<{width}}  {who}" for email, who in PEOPLE]
    return "\n".join(
        [
            f"\nTandem is at http://localhost:{port}/",
            f"Sign in with the password {settings.DEMO_PASSWORD} as",
            *people,
            "Ctrl-C ends it.\n",
        ]
    )
