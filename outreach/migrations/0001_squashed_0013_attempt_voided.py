"""All tables of outreach: what was said, what the guard decided, and who hears of it. Each is in a file of `initial`.

It replaces the older files, which stay for the databases they made: where all of them ran Django takes this one for
done, where some ran it goes on with the others. They and `replaces` can go once every database has this file's name in
django_migrations; what depends on them then depends on it.
It depends on other apps by their old names, which Django reads as whichever of the two is in force.
"""

from __future__ import annotations

from django.conf import settings
from django.db import migrations

from outreach.migrations.initial import attempts, changes, decisions, followups, policies, presence, webhooks


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("outreach", "0001_initial"),
        ("outreach", "0002_company_keys"),
        ("outreach", "0003_events_no_truncate"),
        ("outreach", "0004_guard_in_full"),
        ("outreach", "0005_guard_company_keys"),
        ("outreach", "0006_decision_earlier"),
        ("outreach", "0007_leave_company"),
        ("outreach", "0008_attempt_numbers"),
        ("outreach", "0009_changes"),
        ("outreach", "0010_change_triggers"),
        ("outreach", "0011_webhooks"),
        ("outreach", "0012_webhook_keys"),
        ("outreach", "0013_attempt_voided"),
    ]
    dependencies = [
        ("crm", "0003_api_keys"),
        ("leads", "0005_records_of_person"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *attempts.OPERATIONS,
        *policies.OPERATIONS,
        *decisions.OPERATIONS,
        *presence.OPERATIONS,
        *followups.OPERATIONS,
        *changes.OPERATIONS,
        *webhooks.OPERATIONS,
    ]
