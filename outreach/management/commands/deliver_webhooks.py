"""`manage.py deliver_webhooks`: tells other tools what happened, beside the server."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from threading import Event, Thread

from django.core.management.base import BaseCommand

from crm.text import counted
from outreach.models import Delivery
from outreach.webhooks.deliver import one_pass, work

WORKERS = 4
MOST_WORKERS = 32
# How long an interrupted worker may finish its message, which takes less.
LAST_SECONDS = 20


class Command(BaseCommand):
    help = "Send the companies' webhooks until interrupted. Several of it may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due now, then end.")
        parser.add_argument("--workers", type=int, default=WORKERS, choices=range(1, MOST_WORKERS + 1), metavar="N")

    def handle(self, *args: object, once: bool, workers: int, **options: object) -> None:
        if once:
            while one_pass():
                pass
            waiting = Delivery.objects.waiting().count()
            self.stdout.write(f"Sent what was due. {waiting} still to be sent later.")
        else:
            self.run_until_interrupted(workers)

    def run_until_interrupted(self, workers: int) -> None:
        stop = Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stop.set())
        threads = [Thread(target=work, args=[stop], daemon=True) for _ in range(workers)]
        for thread in threads:
            thread.start()
        self.stdout.write(f"Sending webhooks with {counted(workers, 'worker')}. Ctrl-C ends it.")
        stop.wait()
        for thread in threads:
            thread.join(LAST_SECONDS)

    def run_beside(self) -> None:
        """One worker for as long as the process lives; for a thread of the development server."""
        work(Event())
