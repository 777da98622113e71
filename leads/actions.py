"""The verbs of a lead. Each raises the lead's version and tells the apps above, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Func

from crm.models import User
from leads.identity import set_identifiers
from leads.models import Lead, LeadStatus
from leads.signals import lead_changed


class DatabaseClock(Func):
    """The database's time at this very statement, not the transaction's start."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


def create_lead(*, user: User, fields: Mapping[str, object], identifiers: Mapping[str, list]) -> Lead:
    """Create a lead of the user's company. identifiers: kind to (value, normalised) pairs, as the form cleans them."""
    with transaction.atomic():
        lead = Lead(company_id=user.company_id, **fields)
        lead.status_set = lead.status
        lead.save(force_insert=True)
        for kind, values in identifiers.items():
            set_identifiers(lead, kind, values)
    return lead


def update_lead(*, lead_id: UUID, user: User, fields: Mapping[str, object], identifiers: Mapping[str, list]) -> Lead:
    """Change what people typed about a lead. Writes and announces only what differs."""
    with transaction.atomic():
        lead = lock_lead(lead_id, user)
        changed = {name: value for name, value in fields.items() if getattr(lead, name) != value}
        moved = [kind for kind, values in identifiers.items() if set_identifiers(lead, kind, values)]
        if changed or moved:
            write(lead, **changed)
    return lead


def set_status(*, lead_id: UUID, user: User, status: str) -> Lead:
    """A person's own choice of status: the ladder climbs on from there. Raises ValidationError for an unknown one."""
    if status not in LeadStatus.values:
        raise ValidationError({"status": "Choose one of the statuses."})
    with transaction.atomic():
        lead = lock_lead(lead_id, user)
        if lead.status != status:
            write(lead, status=status, status_set=status, status_set_at=DatabaseClock())
    return lead


def set_owner(*, lead_id: UUID, user: User, owner: User | None) -> Lead:
    """Give the lead to a colleague or to nobody. Raises ValidationError for somebody of another company."""
    if owner is not None and owner.company_id != user.company_id:
        raise ValidationError({"owner": "Choose somebody of your company."})
    with transaction.atomic():
        lead = lock_lead(lead_id, user)
        if lead.owner_id != (owner.id if owner else None):
            write(lead, owner=owner)
    return lead


def set_do_not_contact(*, lead_id: UUID, user: User, whole: bool, methods: list[str], reason: str) -> Lead:
    """Record the person's wish not to be contacted, at all or by these methods.

    Any rep may add to it; raises PermissionDenied when anybody but a manager takes something of it back.
    """
    with transaction.atomic():
        lead = lock_lead(lead_id, user)
        if lifts(lead, whole, methods) and not user.is_manager:
            raise PermissionDenied("Only a manager lifts a do-not-contact.")
        asked = whole or bool(methods)
        write(
            lead,
            do_not_contact=whole,
            do_not_contact_methods=sorted(methods),
            do_not_contact_reason=reason if asked else "",
            do_not_contact_by=user if asked else None,
            do_not_contact_at=DatabaseClock() if asked else None,
        )
    return lead


def lifts(lead: Lead, whole: bool, methods: list[str]) -> bool:
    """Whether these wishes would allow something that is forbidden now."""
    if whole:
        return False
    return lead.do_not_contact or not set(lead.do_not_contact_methods) <= set(methods)


def delete_lead(*, lead_id: UUID, user: User) -> None:
    """Take a lead out of every list. Its history stays."""
    with transaction.atomic():
        write(lock_lead(lead_id, user), deleted_at=DatabaseClock())


def lock_lead(lead_id: UUID, user: User) -> Lead:
    return Lead.objects.visible_to(user).select_for_update(no_key=True).get(pk=lead_id)


def write(lead: Lead, **changes: object) -> None:
    """Write the named fields only, raise the version, and tell the apps above."""
    Lead.objects.filter(pk=lead.pk).update(**changes, version=F("version") + 1, updated_at=DatabaseClock())
    lead.refresh_from_db()
    lead_changed.send(sender=Lead, lead=lead, version=lead.version)
