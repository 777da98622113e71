"""`manage.py up`: from a fresh checkout to a page one can use."""

from __future__ import annotations

import errno
import os
import socket
from argparse import ArgumentParser, ArgumentTypeError
from threading import Thread

from django.conf import settings
from django.core.management import call_command, load_command_class
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

HOST = "127.0.0.1"
PEOPLE = (
    ("alice@demo.test", "rep"),
    ("bob@demo.test", "rep at the same company"),
    ("mona@demo.test", "their manager"),
    ("charlie@rival.test", "rep at another company"),
    ("admin@demo.test", "staff, for /admin/"),
)


class Command(BaseCommand):
    help = "Prepare the database, load the demo data when there is none, and serve Tandem on this machine."
    # runserver checks everything a moment later.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port_number, default=os.environ.get("PORT") or "8000")

    def handle(self, *args: object, port: int, **options: object) -> None:
        refuse_production()
        refuse_taken_port(port)
        self.stdout.write("Starting the database …")
        try:
            self.prepare()
        except OperationalError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(welcome(port))
        send_webhooks()
        # Without the reloader there is one process, so the start is quick and Ctrl-C ends all of it.
        call_command("runserver", f"{HOST}:{port}", use_reloader=False, skip_checks=True)

    def prepare(self) -> None:
        if has_pending_migrations():
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0)
        if is_empty():
            self.stdout.write("Loading the demo story …")
            call_command("demo_data")
        # Back to the pool: this thread now only serves.
        connection.close()


def port_number(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    else:
        raise ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")


def refuse_production() -> None:
    if settings.PRODUCTION:
        raise CommandError(
            "`up` is for trying Tandem out on one's own machine, and this one is set up for production "
            "(TANDEM_DEBUG=0). Run `manage.py migrate` and an ASGI server behind a proxy instead."
        )


def refuse_taken_port(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise CommandError(explain(error, port)) from None


def explain(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use, perhaps by another Tandem: python3 manage.py up --port {port + 1}"
    elif error.errno == errno.EACCES:
        return f"Port {port} is not open to you. Ports from 1024 on are: python3 manage.py up --port 8000"
    else:
        return f"Port {port} cannot be used: {error.strerror}."


def has_pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    # Where nothing is pending `migrate` never runs, and would not note which files have replaced those that did.
    executor.check_replacements()
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def is_empty() -> bool:
    from crm.models import Company

    return not Company.objects.exists()


def send_webhooks() -> None:
    """One worker beside the server, in this process: it ends with it, whatever it is doing."""
    # Known by its name only: crm imports nothing of the apps above it.
    command = load_command_class("outreach", "deliver_webhooks")
    Thread(target=command.run_beside, daemon=True).start()  # type: ignore[attr-defined]  # this command's own


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
