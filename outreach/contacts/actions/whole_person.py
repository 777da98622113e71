"""An act on one attempt concerns all records of its person: they are locked, rise to one version and are announced."""

from __future__ import annotations

from uuid import UUID

from crm.models import User
from leads.models import Lead
from leads.person.records import Person, lock_whole_person
from outreach.models import ContactAttempt


def lock_attempt(attempt_id: UUID, user: User, *, voided_too: bool = False) -> tuple[Person, ContactAttempt]:
    """Lock all records of the attempt's person, then read the attempt; voided_too: it may have been voided.

    Raises ContactAttempt.DoesNotExist for a foreign attempt, or a voided one unless voided_too.
    """
    unlocked = ContactAttempt.objects.visible_to(user).only("lead_id").get(pk=attempt_id)
    person = lock_whole_person(unlocked.lead_id, user)
    attempts = person.lead.attempts.all() if voided_too else person.lead.attempts.live()
    attempt = attempts.get(pk=attempt_id)
    attempt.lead = person.lead
    return person, attempt


def raise_versions(person: Person, version: int) -> None:
    """Raise every record of the person to this version: an answer may be on one and what it answers on another."""
    if person.others:
        Lead.objects.filter(pk__in=person.ids, version__lt=version).update(version=version)


def others_with_page(person: Person) -> list[UUID]:
    """The ids of the person's other records that have a page: those that are not deleted."""
    return [record.id for record in person.others if record.deleted_at is None]
