"""An act on one attempt concerns all records of its person: they are locked, rise to one version and are announced."""

from __future__ import annotations

from uuid import UUID

from crm.models import User
from leads.models import Lead
from leads.person.records import Person, lock_whole_person
from outreach.models import ContactAttempt


def lock_attempt(attempt_id: UUID, user: User, *, voided_too: bool = False) -> tuple[Person, ContactAttempt]:
    """Lock the attempt's person, then read the attempt."""
    found = ContactAttempt.objects.visible_to(user).only("lead_id").get(pk=attempt_id)
    person = lock_whole_person(found.lead_id, user)
    attempts = person.lead.attempts.all() if voided_too else person.lead.attempts.live()
    attempt = attempts.get(pk=attempt_id)
    attempt.lead = person.lead
    return person, attempt


def raise_others(person: Person, version: int) -> None:
    """An answer may be on one record and what it answers on another, so whichever is behind comes up."""
    if person.others:
        Lead.objects.filter(pk__in=person.ids, version__lt=version).update(version=version)


def living(person: Person) -> list[UUID]:
    """The ids of the person's other records that have pages."""
    return [record.id for record in person.others if record.deleted_at is None]
