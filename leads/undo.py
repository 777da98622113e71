"""Taking back what was just done to a lead. What somebody has changed since stays: each raises ChangedSince then."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from crm.models import User
from crm.pages.undo import ChangedSince
from leads.actions import lock_lead, write
from leads.models import Lead
from leads.person.records import lock_whole_person, on_whole_person
from leads.person.wishes import Wish


@transaction.atomic
def undo_owner(*, lead_id: UUID, user: User, given_to: UUID | None, owner_id: UUID | None) -> Lead:
    """Give the lead back to whose it was, if it is still with whom it was given to.

    Raises Lead.DoesNotExist for a lead the user may not see, ValidationError if that colleague has left the company.
    """
    lead = lock_lead(lead_id, user)
    if lead.owner_id != given_to:
        raise ChangedSince("The owner has changed since")
    if owner_id and not User.objects.filter(pk=owner_id, company_id=lead.company_id).exists():
        raise ValidationError({"owner": "Choose somebody of your company."})
    write(lead, owner_id=owner_id)
    return lead


@on_whole_person
def undo_do_not_contact(*, lead_id: UUID, user: User, noted: Wish, before: Wish) -> Lead:
    """Put back the wish that stood before this one, if this one is still what all that is known.

    It takes back the user's own word of a moment ago and lifts nothing anybody else has noted, so that reps may.
    Raises Lead.DoesNotExist for a lead the user may not see.
    """
    person = lock_whole_person(lead_id, user)
    if Wish.of(person.lead) != noted:
        raise ChangedSince("What they asked for has been noted anew since")
    for record in person.records:
        write(record, person.next_version, **before.columns())
    return person.lead
