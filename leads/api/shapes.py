"""The shapes of a lead in the API: what it answers and what it takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field, StrictBool, create_model

from crm.api.fields import ID_EXAMPLE, MOMENT_EXAMPLE, Id, OneOf, StrictInput, Text, UserOut
from crm.api.times import moment
from crm.models import User
from leads.addresses import MAX_IDENTIFIERS, MAX_LENGTH
from leads.methods import ContactMethod
from leads.models import IdentifierKind, Lead, LeadQuerySet, LeadStatus

Method = Annotated[str, OneOf(*ContactMethod)]
Status = Annotated[str, OneOf(*LeadStatus)]


def for_each_method(kind: type) -> type[Schema]:
    """A base with one field of this type for each method, named by the method's code."""
    fields: dict[str, Any] = {method.value: (kind, ...) for method in ContactMethod}
    made: type[Schema] = create_model("ForEachMethod", __base__=Schema, **fields)
    return made


def one_line(value: str) -> str:
    if len(value.splitlines()) > 1:
        raise ValueError("Give one address without line breaks.")
    return value


Line = Annotated[Text, Field(max_length=MAX_LENGTH), AfterValidator(one_line)]
Lines = Annotated[list[Line], Field(max_length=MAX_IDENTIFIERS)]


class LeadFields(StrictInput):
    """What people type about a lead. Null is as good as left out."""

    first_name: Text | None = Field(None, max_length=150, examples=["Dana"])
    last_name: Text | None = Field(None, max_length=150, examples=["Miller"])
    job_title: Text | None = Field(None, max_length=200, examples=["Head of Engineering"])
    organization: Text | None = Field(
        None, max_length=200, description="Whom the lead works for.", examples=["Acme Ltd"]
    )
    website: Text | None = Field(None, max_length=450, examples=["https://acme.example"])
    industry: Text | None = Field(None, max_length=200)
    source: Text | None = Field(None, max_length=200, description="Where the lead came from.", examples=["Webinar"])
    notes: Text | None = Field(None, max_length=50_000)
    status: Status | None = Field(None, description="A person's own choice; contacts lift it from there.")
    email: Line | None = Field(None, description="The first of `emails`.", examples=["dana@acme.example"])
    phone: Line | None = Field(None, description="The first of `phones`.", examples=["+14155550123"])
    linkedin_url: Line | None = Field(
        None, description="The first of `linkedin_urls`.", examples=["https://linkedin.com/in/dana-miller"]
    )
    emails: Lines | None = Field(None, description="All of them, in this order.")
    phones: Lines | None = Field(
        None, description="All of them; without a country code they are read as of the company's region."
    )
    linkedin_urls: Lines | None = Field(None, description="Public LinkedIn profiles, all of them.")


class LeadIn(LeadFields):
    """A new lead. It needs a name or an organization."""

    owner_id: Id | None = Field(None, description="A colleague who is responsible.", examples=[ID_EXAMPLE])
    allow_duplicate: StrictBool = Field(
        False, description="Make a second record although somebody is here with the same address."
    )


class LeadChange(LeadFields):
    """What changes; fields left out stay as they are. A list replaces the list, a single address becomes its first."""

    owner_id: Id | None = Field(None, description="A colleague, or null for nobody.", examples=[ID_EXAMPLE])
    do_not_contact: StrictBool | None = Field(None, description="The person asked not to be contacted at all.")
    do_not_contact_methods: list[Method] | None = Field(
        None,
        max_length=len(ContactMethod),
        description="Or not by these methods. Only a manager takes something back.",
    )
    do_not_contact_reason: Text | None = Field(
        None, max_length=500, description="What they asked for and how; needed with either.", examples=["Unsubscribed"]
    )


class LeadOut(Schema):
    """A lead with its summary, which is derived from its contacts."""

    id: UUID = Field(examples=[ID_EXAMPLE])
    name: str = Field(description="First and last name, or the organization.")
    first_name: str
    last_name: str
    job_title: str
    organization: str
    website: str
    industry: str
    source: str
    notes: str
    status: Status
    owner: UserOut | None = Field(description="Who is responsible.")
    email: str | None = Field(description="The first of `emails`.")
    phone: str | None = Field(description="The first of `phones`.")
    linkedin_url: str | None = Field(description="The first of `linkedin_urls`.")
    emails: list[str]
    phones: list[str]
    linkedin_urls: list[str]
    do_not_contact: bool
    do_not_contact_methods: list[Method]
    do_not_contact_reason: str
    last_contacted_at: datetime | None = Field(description="When the newest contact happened.")
    last_contact_method: Method | None
    last_contacted_by: UserOut | None
    contact_count: int = Field(description="Contacts with this record, outbound and inbound; voided ones left out.")
    last_response_at: datetime | None
    version: int = Field(description="Rises with each change; give it as `seen_version` when logging a contact.")
    created_at: datetime = Field(examples=[MOMENT_EXAMPLE])
    updated_at: datetime = Field(examples=[MOMENT_EXAMPLE])


class LeadsOut(Schema):
    """Leads, at most a page of them."""

    data: list[LeadOut]
    total: int = Field(description="How many there are in all.")


PLAIN = [
    "id", "name", "first_name", "last_name", "job_title", "organization", "website", "industry", "source", "notes",
    "status", "do_not_contact", "do_not_contact_methods", "do_not_contact_reason", "last_contact_method",
    "contact_count", "version",
]  # fmt: skip
MOMENTS = ["last_contacted_at", "last_response_at", "created_at", "updated_at"]
ADDRESSES = {
    IdentifierKind.EMAIL: ("email", "emails"),
    IdentifierKind.PHONE: ("phone", "phones"),
    IdentifierKind.PROFILE: ("linkedin_url", "linkedin_urls"),
}


def shown(leads: LeadQuerySet) -> LeadQuerySet:
    """With all that `lead_json` needs, in two queries."""
    return leads.select_related("owner", "last_contacted_by").prefetch_related("identifiers")


def lead_json(lead: Lead) -> dict[str, object]:
    fields: dict[str, object] = {name: getattr(lead, name) for name in PLAIN}
    for kind, (single, several) in ADDRESSES.items():
        values = [address(i.kind, i.value, i.normalised) for i in lead.identifiers.all() if i.kind == kind]
        fields |= {single: values[0] if values else None, several: values}
    return {
        **fields,
        "owner": person(lead.owner),
        "last_contacted_by": person(lead.last_contacted_by),
        **{name: moment(getattr(lead, name)) for name in MOMENTS},
    }


def address(kind: str, value: str, normalised: str) -> str:
    """A profile as an address, however it was typed."""
    return f"https://www.linkedin.com/in/{normalised}" if kind == IdentifierKind.PROFILE else value


def person(user: User | None) -> dict[str, object] | None:
    return {"id": user.id, "name": user.name} if user else None
