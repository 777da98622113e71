"""Writes a story to the database: bulk inserts, then the summaries by the function the signal uses."""

from __future__ import annotations

from django.db import transaction

from crm.models import Company, User
from leads.models import Lead, LeadIdentifier
from outreach.contacts.summary import rebuild_summaries
from outreach.demo.story import Story
from outreach.models import ContactAttempt, ContactAttemptEvent, GuardDecision, RuleShown

BATCH = 1_000


def save(story: Story) -> None:
    """All of it or nothing. Bulk inserts send no signals, so the summaries are rebuilt from the rows."""
    with transaction.atomic():
        for model, rows in [
            (Company, story.companies),
            (User, story.users),
            (Lead, story.leads),
            (LeadIdentifier, story.identifiers),
            (ContactAttempt, story.attempts),
            (GuardDecision, story.decisions),
            (RuleShown, list(story.shown.values())),
            (ContactAttemptEvent, story.events),
        ]:
            model.objects.bulk_create(rows, batch_size=BATCH)
        rebuild_summaries([lead.id for lead in story.leads])
