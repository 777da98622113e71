"""A manager's word on what was logged against the guard: accepted or not acceptable, for both reps to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError

from crm.models import User
from crm.pages.undo import ChangedSince
from leads.actions import write
from leads.person.records import Person, lock_whole_person, on_whole_person
from outreach.models import ContactAttempt, GuardDecision, GuardDecisionQuerySet, ReviewVerdict

NOTE_MAX = 500


@on_whole_person
def review_decision(*, attempt_id: UUID, user: User, verdict: str, note: str = "") -> ContactAttempt:
    """Say of a contact that was overridden or collided whether that was acceptable; "" leaves it to be reviewed again.

    A manager may change their mind later, and may review what they logged themselves. Saying the same again changes
    nothing. All decisions about the contact get the same review, and every open page of the person learns of it.

    Raises PermissionDenied for anybody but a manager, ContactAttempt.DoesNotExist for a foreign contact or one the
    guard had nothing against, ValidationError naming the field.
    """
    if not user.is_manager:
        raise PermissionDenied("Only a manager reviews what was logged against the guard.")
    review = clean_review(verdict, note)
    attempt: ContactAttempt = ContactAttempt.objects.visible_to(user).get(pk=attempt_id)
    # The decisions about a deleted lead are still to be reviewed.
    person = lock_whole_person(attempt.lead_id, user, deleted_too=True)
    decisions = GuardDecision.objects.visible_to(user).to_review().filter(attempt=attempt)
    before = decisions.values("review", "review_note").first()
    if before is None:
        raise ContactAttempt.DoesNotExist("The guard had nothing against this contact.")
    if before != review:
        store(decisions, review, user, person)
    return attempt


@on_whole_person
def undo_review(*, attempt_id: UUID, user: User, reviewed_at: datetime | None, before: Mapping[str, object]) -> None:
    """Put back the review that stood before this user's, with whose it was; before: its fields.

    reviewed_at: when the user's own was made, None for one that was taken back. Raises as review_decision, and
    ChangedSince if there is another review by now.
    """
    if not user.is_manager:
        raise PermissionDenied("Only a manager reviews what was logged against the guard.")
    attempt: ContactAttempt = ContactAttempt.objects.visible_to(user).get(pk=attempt_id)
    person = lock_whole_person(attempt.lead_id, user, deleted_too=True)
    decisions = GuardDecision.objects.visible_to(user).to_review().filter(attempt=attempt)
    last = decisions.first()
    if last is None or last.reviewed_at != reviewed_at or (reviewed_at and last.reviewed_by_id != user.id):
        raise ChangedSince(f"{last.reviewed_by_name if last and last.review else 'Somebody'} has reviewed it since")
    decisions.update(**before)
    for record in person.records:
        write(record, person.next_version)


def clean_review(verdict: str, note: str) -> dict[str, str]:
    """The review as it is stored. What is taken back has no note."""
    if verdict not in ("", *ReviewVerdict.values):
        raise ValidationError({"verdict": "Say whether it was acceptable."})
    try:
        note = GuardDecision._meta.get_field("review_note").clean(note.strip(), None)
    except ValidationError as error:
        raise ValidationError({"note": error}) from error
    return {"review": verdict, "review_note": note if verdict else ""}


def store(decisions: GuardDecisionQuerySet, review: dict[str, str], user: User, person: Person) -> None:
    by = user if review["review"] else None
    decisions.update(
        **review,
        reviewed_by=by,
        reviewed_by_name=by.name if by else "",
        reviewed_at=person.now if by else None,
    )
    for record in person.records:
        write(record, person.next_version)
