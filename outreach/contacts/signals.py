"""Saving an attempt updates its lead in the same transaction."""

from __future__ import annotations

from typing import Any

from outreach.contacts import summary
from outreach.models import ContactAttempt


def update_summary(
    sender: type[ContactAttempt], instance: ContactAttempt, created: bool, raw: bool, **kwargs: Any
) -> None:
    """Add a new attempt to the summary; recompute it after any other change. Fixtures bring their own summaries."""
    if raw:
        return
    if created and instance.voided_at is None:
        instance.recorded_version = summary.add_attempt(instance)
    else:
        instance.recorded_version = summary.recompute(instance.lead_id)
