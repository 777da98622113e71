"""Claims: a rep has the composer open for a person. They warn colleagues and lock nobody out."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from crm.models import User
from outreach.models import Claim


def free_after_contact(user: User, record_ids: Iterable[UUID]) -> None:
    """Whoever has logged the contact is no longer writing it. In the contact's own transaction."""
    Claim.objects.filter(user=user, lead_id__in=list(record_ids)).delete()
