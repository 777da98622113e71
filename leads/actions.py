"""The verbs of a lead. Each raises the lead's version and tells the apps above, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F

from crm.models import User
from crm.models.ids import new_id
from crm.models.tenancy import company_of
from crm.postgres.clock import DatabaseClock
from leads.addresses import Identifiers, merged, pairs_of, person_key, set_identifiers
from leads.models import NAMES, IdentifierKind, Lead, LeadStatus
from leads.organizations import organization_keys
from leads.person.records import (
    Person,
    PersonKey,
    lock_keys,
    lock_whole_person,
    next_version,
    on_whole_person,
    records_of,
)
from leads.person.wishes import Wish, known_wish, spread_wish
from leads.signals import lead_changed


@dataclass(frozen=True)
class Shown:
    """What the page of an edit showed: only what differs from it was typed."""

    fields: Mapping[str, object]
    identifiers: Identifiers


class EditOvertaken(Exception):
    """Somebody else has changed these fields since the page of this edit was shown. lead: as it is now."""

    def __init__(self, lead: Lead, names: Sequence[str]) -> None:
        super().__init__("Somebody else has changed this meanwhile.")
        self.lead = lead
        self.names = names


@on_whole_person
def create_lead(
    *, user: User, fields: Mapping[str, object], identifiers: Identifiers, lead_id: UUID | None = None
) -> Lead:
    """Create a lead of the user's company. identifiers: kind to (value, normalised) pairs, as the form cleans them.

    It joins the person its identifiers belong to: what they asked for is valid for it at once. lead_id: the new
    lead's id; raises IntegrityError if there is a lead of this id.
    """
    company = company_of(user)
    others = [row.lead for row in lock_keys(company, keys_of(identifiers))]
    version = next_version(others)
    lead = Lead(id=lead_id or new_id(), company_id=company.id, version=version, **fields)
    lead.status_set = lead.status
    lead.organization_keys = organization_of(lead, identifiers, fields)
    lead.save(force_insert=True)
    for kind, values in identifiers.items():
        set_identifiers(lead, kind, values)
    join(lead, others, version)
    return lead


@on_whole_person
def update_lead(
    *, lead_id: UUID, user: User, fields: Mapping[str, object], identifiers: Identifiers, shown: Shown | None = None
) -> Lead:
    """Change what people typed about a lead. Writes and announces only what differs.

    shown: what the typist saw; with it, what others have changed since stays. Raises EditOvertaken where both changed
    the same field, and Lead.DoesNotExist for a lead the user may not see.
    """
    person = Person.of(lock_keys(company_of(user), keys_of(identifiers), [lead_id]), lead_id)
    lead = person.lead
    if shown:
        fields = not_overtaken(lead, fields, shown)
        identifiers = {
            kind: merged(shown.identifiers.get(kind, []), pairs, pairs_of(lead, kind))
            for kind, pairs in identifiers.items()
        }
    moved = [kind for kind, values in identifiers.items() if set_identifiers(lead, kind, values)]
    changed = {name: value for name, value in fields.items() if getattr(lead, name) != value}
    if moved:
        join(lead, person.others, person.next_version)
    if moved or changed:
        if IdentifierKind.EMAIL not in identifiers:
            identifiers = {**identifiers, IdentifierKind.EMAIL: pairs_of(lead, IdentifierKind.EMAIL)}
        keys = organization_of(lead, identifiers, fields)
        write(lead, person.next_version, **changed, **choice_of_status(changed), organization_keys=keys)
    return lead


def not_overtaken(lead: Lead, fields: Mapping[str, object], shown: Shown) -> dict[str, object]:
    """Those of the fields that were typed. Raises EditOvertaken for any that somebody else has changed meanwhile."""
    typed = {name: value for name, value in fields.items() if not is_same(value, shown.fields.get(name))}
    overtaken = [
        name
        for name, value in typed.items()
        if not is_same(getattr(lead, name), shown.fields.get(name)) and not is_same(getattr(lead, name), value)
    ]
    # One has emptied the name, another the organization: the lead must keep one of them.
    if not any(typed.get(name, getattr(lead, name)) for name in NAMES):
        overtaken += [name for name in NAMES if typed.get(name) == "" and name not in overtaken]
    if overtaken:
        raise EditOvertaken(lead, overtaken)
    return typed


def is_same(one: object, other: object) -> bool:
    """Whether two values are one, however a browser has sent the ends of lines."""
    if isinstance(one, str) and isinstance(other, str):
        return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
    return one == other


def choice_of_status(changed: Mapping[str, object]) -> dict[str, object]:
    """What goes with a changed status: it is a person's own choice, from which the ladder climbs on."""
    return {"status_set": changed["status"], "status_set_at": DatabaseClock()} if "status" in changed else {}


def keys_of(identifiers: Identifiers) -> list[PersonKey]:
    """The (kind, person key) pairs of cleaned identifiers."""
    return [(kind, person_key(kind, normalised)) for kind, pairs in identifiers.items() for _, normalised in pairs]


def organization_of(lead: Lead, identifiers: Identifiers, fields: Mapping[str, object]) -> list[str]:
    """The lead's organization keys once these fields and identifiers are written."""
    organization = fields.get("organization", lead.organization)
    website = fields.get("website", lead.website)
    emails = [normalised for _, normalised in identifiers.get(IdentifierKind.EMAIL, [])]
    return organization_keys(str(organization), str(website), emails)


def join(lead: Lead, others: Sequence[Lead], version: int) -> None:
    """The lead's identifiers have changed: spread what the person asked for, and tell the pages of the others.

    others: records of the same person before or after the change; version: the one they rise to.
    """
    spread_wish(records_of([lead.id])[lead.id])
    lead.refresh_from_db()
    for record in others:
        write(record, version)


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
        raise ValidationError({"owner": "Choose somebody in your company."})
    with transaction.atomic():
        lead = lock_lead(lead_id, user)
        if lead.owner_id != (owner.id if owner else None):
            write(lead, owner=owner)
    return lead


@on_whole_person
def set_do_not_contact(*, lead_id: UUID, user: User, whole: bool, methods: list[str], reason: str) -> Lead:
    """Record the person's wish not to be contacted, at all or by these methods, on all their records.

    Any rep may add to it; raises PermissionDenied when anybody but a manager takes something of it back.
    """
    person = lock_whole_person(lead_id, user)
    if would_lift(person, whole, methods) and not user.is_manager:
        raise PermissionDenied("Only a manager lifts a do-not-contact.")
    is_wish = whole or bool(methods)
    wish = Wish(
        whole=whole,
        methods=sorted(methods),
        reason=reason if is_wish else "",
        by_id=user.id if is_wish else None,
        at=person.now if is_wish else None,
    )
    for record in person.records:
        write(record, person.next_version, **wish.columns())
    return person.lead


def would_lift(person: Person, whole: bool, methods: list[str]) -> bool:
    """Whether this wish in place of the known one would allow something that is forbidden now."""
    wish = known_wish(person.ids)
    if whole or wish is None:
        return False
    return wish.whole or not set(wish.methods) <= set(methods)


@on_whole_person
def delete_lead(*, lead_id: UUID, user: User) -> None:
    """Take a lead out of every list. Its history stays, and still counts for the person."""
    person = lock_whole_person(lead_id, user)
    write(person.lead, person.next_version, deleted_at=DatabaseClock())
    for record in person.others:
        write(record, person.next_version)


@on_whole_person
def take_back_lead(*, lead_id: UUID, user: User, version: int) -> bool:
    """Undo the making of a lead: it goes, and its addresses lead to nobody. False if anything was done with it since.

    version: the one it was made with.
    """
    person = lock_whole_person(lead_id, user)
    if person.lead.version != version or person.lead.contact_count:
        return False
    person.lead.identifiers.all().delete()
    write(person.lead, person.next_version, deleted_at=DatabaseClock())
    for record in person.others:
        write(record, person.next_version)
    return True


def lock_lead(lead_id: UUID, user: User) -> Lead:
    return Lead.objects.visible_to(user).select_for_update(no_key=True).get(pk=lead_id)


def write(lead: Lead, version: int | None = None, **changes: object) -> None:
    """Write the named fields only, raise the version, and tell the apps above.

    version: the one all records of the person rise to; without it this record's rises by one.
    """
    new_version = F("version") + 1 if version is None else version
    Lead.objects.filter(pk=lead.pk).update(**changes, version=new_version, updated_at=DatabaseClock())
    lead.refresh_from_db()
    lead_changed.send(sender=Lead, lead=lead, version=lead.version)
