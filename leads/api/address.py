"""An email, phone or profile by which a caller means a person."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from pydantic import Field

from crm.api.fields import StrictInput, Text
from crm.api.problems import invalid_field
from crm.models import User
from crm.models.tenancy import company_of
from leads.addresses import MAX_LENGTH, normalise, person_key
from leads.models import IdentifierKind
from leads.person.records import PersonKey

KINDS = {"email": IdentifierKind.EMAIL, "phone": IdentifierKind.PHONE, "profile_url": IdentifierKind.PROFILE}


class Address(StrictInput):
    """One of these."""

    email: Text | None = Field(
        None, max_length=MAX_LENGTH, description="In any spelling.", examples=["dana@acme.example"]
    )
    phone: Text | None = Field(
        None, max_length=MAX_LENGTH, description="Without a country code it is read as of the company's region."
    )
    profile_url: Text | None = Field(None, max_length=MAX_LENGTH, description="A public LinkedIn profile.")


def read_address(user: User, field: str, value: str, within: str = "") -> PersonKey:
    """The kind and person key of an address. Raises Problem naming the field, with `within` before its name."""
    kind = KINDS[field]
    try:
        return kind, person_key(kind, normalise(kind, value, company_of(user).phone_region))
    except ValidationError as error:
        raise invalid_field(within + field, error.messages[0]) from error
