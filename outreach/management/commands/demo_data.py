from __future__ import annotations

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone

from crm.models import Company
from crm.text import counted
from outreach.demo.cast import NORTHWIND, demo_password
from outreach.demo.save import save
from outreach.demo.story import Story
from outreach.demo.telling import SEED, tell

# Any number, as long as it is always the same: two loads at once wait for each other.
LOCK = 7_301_985


class Command(BaseCommand):
    help = "Loads the demo story into an empty database: two companies, about 200 leads and 2,000 contacts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="Another number tells another story.")

    def handle(self, *, seed: int, verbosity: int, **options: object) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            names = list(Company.objects.order_by("created_at").values_list("name", flat=True)[:100])
            if names:
                self.stdout.write(already(names))
                return
            story = tell(timezone.now(), seed=seed, password=demo_password())
            save(story)
        if verbosity > 0:
            self.stdout.write(summary(story))


def already(companies: list[str]) -> str:
    """Why nothing is loaded. There is no reset, as contacts are append-only, for the demo too."""
    if NORTHWIND in companies:
        return "The demo story is already here. To begin anew, use a new database: contacts are never deleted."
    return "This database has companies of its own; the demo story goes into an empty one only."


def summary(story: Story) -> str:
    return (
        f"Loaded {len(story.companies)} companies, {counted(len(story.leads), 'lead')}, "
        f"{counted(len(story.attempts), 'contact')}, {len(story.decisions)} decisions of the guard. "
        f"Sign in as {story.users[0].email} with the password {settings.DEMO_PASSWORD}."
    )
