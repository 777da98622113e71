"""Who is here already, while a lead is typed: the same person by an address, and maybe also by a name much like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.utils import timezone

from crm import times
from crm.models import User
from crm.models.tenancy import company_of
from leads.addresses import KnownAddresses, ValuePair
from leads.form.rows import Row, read_pairs, read_rows
from leads.models import IdentifierKind, Lead
from leads.organizations import organization_keys
from leads.person.duplicates import find_duplicates
from leads.person.near import find_near

# Each of these is at most so long in the form.
LONGEST = 500


@dataclass(frozen=True)
class PersonHere:
    """A lead that may be the person just typed. words: whose it is, and when anybody was last in contact."""

    lead: Lead
    words: str

    @classmethod
    def of(cls, lead: Lead, viewer: User) -> PersonHere:
        return cls(lead, f"{owner_words(lead, viewer)}. {contact_words(lead, viewer)}{wish_words(lead)}")


def owner_words(lead: Lead, viewer: User) -> str:
    if lead.owner is None:
        return "owned by nobody"
    return "yours" if lead.owner == viewer else f"owned by {lead.owner.name}"


def contact_words(lead: Lead, viewer: User) -> str:
    if lead.last_contacted_at is None:
        return "Nobody has been in contact yet."
    ago = times.ago(lead.last_contacted_at, timezone.now())
    by = lead.last_contacted_by
    if by is None:
        return f"Last contact {ago}."
    if by == viewer:
        return f"You were in contact {ago}."
    return f"{by.short_name if by == lead.owner else by.name} was in contact {ago}."


def wish_words(lead: Lead) -> str:
    words = lead.do_not_contact_words
    return f" {words}." if words else ""


class TypedLists(Protocol):
    """What a form sends: several values of one name."""

    def getlist(self, name: str) -> list[str]: ...


@dataclass(frozen=True)
class Typed:
    """What has been typed so far, read for the look-up only. rows: by the name of their field, as the page has them."""

    fields: Mapping[str, str]
    rows: Mapping[str, list[Row]]
    identifiers: Mapping[str, list[ValuePair]]

    @classmethod
    def read(cls, data: TypedLists, names: Mapping[IdentifierKind, str], user: User, known: KnownAddresses) -> Typed:
        region = company_of(user).phone_region
        texts = {kind: [text[:5_000] for text in data.getlist(name)[:50]] for kind, name in names.items()}
        return cls(
            fields={name: first_of(data, name) for name in ("first_name", "last_name", "organization", "website")},
            rows={names[kind]: read_rows(kind, lines, region, known.get(kind, {})) for kind, lines in texts.items()},
            identifiers={
                kind: read_pairs(kind, lines, region, known.get(kind, {}))[0] for kind, lines in texts.items()
            },
        )

    def organization_keys(self) -> list[str]:
        emails = [normalised for _, normalised in self.identifiers.get(IdentifierKind.EMAIL, [])]
        return organization_keys(self.fields["organization"], self.fields["website"], emails)


def first_of(data: TypedLists, name: str) -> str:
    """NUL is nothing PostgreSQL could look for."""
    return next(iter(data.getlist(name)), "").replace("\0", "").strip()[:LONGEST]


def same_person(user: User, identifiers: Mapping[str, Sequence[ValuePair]], besides: UUID | None) -> list[PersonHere]:
    """By the look-up that saving makes, so that both say the same."""
    return [PersonHere.of(lead, user) for lead in find_duplicates(user, identifiers, besides)]


def maybe_also(user: User, typed: Typed, besides: Sequence[UUID]) -> list[PersonHere]:
    found = find_near(
        user,
        first=typed.fields["first_name"],
        last=typed.fields["last_name"],
        organization_keys=typed.organization_keys(),
        besides=besides,
    )
    return [PersonHere.of(lead, user) for lead in found]
