"""Writes a story to the database: bulk inserts, then the summaries by the function the signal uses."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import apps
from django.db import models, transaction

from crm.models import Company, User
from leads.models import Lead, LeadIdentifier
from outreach.contacts.summary import rebuild_summaries
from outreach.demo.story import Story
from outreach.models import ContactAttempt, GuardDecision, RuleShown

BATCH = 1_000


def save(story: Story) -> None:
    """All of it or nothing. Bulk inserts send no signals, so the summaries are rebuilt from the rows."""
    audit_model = apps.get_model("outreach", "ContactAttemptEvent")
    tables: list[tuple[type[models.Model], Sequence[models.Model]]] = [
        (Company, story.companies),
        (User, story.users),
        (Lead, story.leads),
        (LeadIdentifier, story.identifiers),
        (ContactAttempt, story.attempts),
        (GuardDecision, story.decisions),
        (RuleShown, list(story.shown.values())),
        (audit_model, [audit_model(**row.columns()) for row in story.events]),
    ]
    with transaction.atomic():
        for model, rows in tables:
            model._default_manager.bulk_create(rows, batch_size=BATCH)
        rebuild_summaries([lead.id for lead in story.leads])
