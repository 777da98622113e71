"""A database made by an earlier commit goes on with today's migrations, which make the very same tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from difflib import unified_diff

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import StateApps
from django.utils import timezone

from analytics.models import DailySummary
from crm.management.commands.up import has_pending_migrations
from crm.models import User
from leads.models import Lead
from outreach.contacts.actions import log_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, GuardDecision
from outreach.reviews.words import title
from tests.support.databases import connected_to, create_database, drop_database, schema

# As a database stands that was last started before the API and the numbers came: leads is complete, crm and outreach
# have some of their old migrations, analytics has none.
PART = [("crm", "0001_initial"), ("leads", "0005_records_of_person"), ("outreach", "0005_guard_company_keys")]
# All old migrations, up to the last before one file for each app replaced them.
WHOLE = [("crm", "0003_api_keys"), ("outreach", "0013_attempt_voided"), ("analytics", "0003_filled")]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Applied = dict[tuple[str, str], datetime]


@pytest.fixture(scope="module")
def test_database(django_db_setup) -> str:
    """The name of the database that today's migrations have made of nothing."""
    return connection.settings_dict["NAME"]


@pytest.fixture(scope="module")
def part(test_database, django_db_blocker) -> Iterator[str]:
    """A database with rows that was made by the first of the old migrations."""
    name = f"{test_database}_part"
    with django_db_blocker.unblock():
        create_database(name)
        with connected_to(name):
            write_rows(run_old_migrations(PART))
        yield name
        drop_database(name)


@pytest.fixture(scope="module")
def whole(part, django_db_blocker) -> Iterator[str]:
    """The same, gone on to the last of the old migrations."""
    name = part.replace("_part", "_whole")
    with django_db_blocker.unblock():
        create_database(name, copy_of=part)
        with connected_to(name):
            run_old_migrations(WHOLE)
        yield name
        drop_database(name)


def run_old_migrations(targets: list[tuple[str, str]]) -> StateApps:
    """Migrate up to these as if nothing had replaced them; gives the models of that time."""
    executor = MigrationExecutor(connection)
    executor.loader.replace_migrations = False
    executor.loader.build_graph()
    # What replaces them did not exist, so nothing could take note of it.
    executor.loader.replacements.clear()
    return executor.migrate(targets).apps


def write_rows(apps: StateApps) -> None:
    """A company, its rep, a lead the rep wrote to 40 days ago, and what the guard had against it."""
    company = apps.get_model("crm", "Company").objects.create(name="Northwind")
    rep = apps.get_model("crm", "User").objects.create(company=company, email="alice@demo.test", first_name="Alice")
    lead = apps.get_model("leads", "Lead").objects.create(company=company, first_name="Dana", last_name="Miller")
    sent = apps.get_model("outreach", "ContactAttempt").objects.create(
        company=company, lead=lead, user=rep, user_name="Alice", method="email", direction="outbound",
        subject="From before", occurred_at=timezone.now() - timedelta(days=40),
    )  # fmt: skip
    writing = "Bob Smith is making contact with this person now (since 15:00). The rule is one at a time: …"
    for rule, sentence, review in (("claimed", writing, "fine"), ("do_not_contact", "Dana asked …", "talk")):
        apps.get_model("outreach", "GuardDecision").objects.create(
            company=company, lead=lead, user=rep, user_name="Alice", method="email", attempt=sent, reason="Why",
            kind="collision", rule=rule, sentence=sentence, review=review, reviewed_at=timezone.now(),
        )  # fmt: skip


@pytest.fixture(scope="module", params=["part", "whole"])
def upgraded(request, test_database, django_db_blocker) -> Iterator[Applied]:
    """We are in a database made before, after today's `migrate`; gives what had been applied before it."""
    before_it = request.getfixturevalue(request.param)
    name = f"{test_database}_upgraded"
    with django_db_blocker.unblock():
        create_database(name, copy_of=before_it)
        with connected_to(name):
            before = applied()
            call_command("migrate", verbosity=0)
            yield before
        drop_database(name)


def applied() -> Applied:
    return {key: row.applied for key, row in MigrationRecorder(connection).applied_migrations().items()}


def test_nothing_is_applied_twice_and_nothing_is_left_to_apply(upgraded):
    after = applied()
    again = [key for key, moment in upgraded.items() if after.get(key) != moment]
    assert not again, f"applied a second time: {again}"
    assert MigrationRecorder(connection).migration_qs.count() == len(after), "a migration is recorded twice"
    executor = MigrationExecutor(connection)
    left = executor.migration_plan(executor.loader.graph.leaf_nodes())
    assert not left, f"still to apply: {left}"
    replacing = [key for key in executor.loader.replacements if key not in after]
    assert not replacing, f"not recorded, so the files they replace could never go: {replacing}"


def test_a_database_made_before_has_the_tables_of_a_new_one(upgraded, test_database):
    upgraded_schema = schema()
    with connected_to(test_database):
        new_schema = schema()
    difference = unified_diff(new_schema, upgraded_schema, "made today", "made before and upgraded", n=0, lineterm="")
    assert not (lines := list(difference)), "\n".join(lines)


def test_the_models_and_the_migrations_of_a_database_made_before_agree(upgraded, capsys):
    call_command("makemigrations", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def test_what_was_decided_and_reviewed_before_reads_as_before(upgraded):
    decisions = GuardDecision.objects.select_related("attempt", "earlier_attempt", "lead")
    claimed, unwanted = (decisions.get(rule=rule) for rule in ("claimed", "do_not_contact"))
    assert title(claimed) == "Alice emailed Dana Miller while Bob Smith was writing"
    assert (claimed.colleague_name, claimed.colleague_method) == ("Bob Smith", "other")
    assert claimed.sentence.startswith("Bob Smith is making contact with this person now"), "a kept sentence changed"
    assert (unwanted.colleague_name, unwanted.colleague_method) == ("", "")
    assert (claimed.review, unwanted.review) == ("accepted", "not_acceptable")
    with pytest.raises(ProgrammingError, match="Cannot update rows"), transaction.atomic():
        GuardDecision.objects.update(colleague_name="Somebody else")


def test_contacts_go_on_in_a_database_made_before(upgraded):
    alice, lead = User.objects.get(email="alice@demo.test"), Lead.objects.get(last_name="Miller")
    log_contact(lead_id=lead.id, user=alice, contact=Contact("email", subject="From today"))
    assert list(ContactAttempt.objects.order_by("occurred_at").values_list("subject", flat=True)) == [
        "From before",
        "From today",
    ]
    assert sum(DailySummary.objects.values_list("attempts", flat=True)) == 2, "the numbers lost a contact"


def test_up_records_what_replaced_the_old_migrations_even_if_it_need_not_migrate(whole):
    with connected_to(whole):
        has_pending_migrations()
        assert ("outreach", "0001_squashed_0013_attempt_voided") in applied()
