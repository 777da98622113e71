"""The operations on one lead, and who is behind an address."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from crm.api.answers import answer
from crm.api.auth import SIGNED_IN
from crm.api.idempotency import once
from crm.api.problems import Problem, invalid_field
from crm.api.schema import problems
from crm.models import User
from leads import actions
from leads.api.address import KINDS, Address, read_address
from leads.api.form import changed_form, fields_given, new_form, raise_errors
from leads.api.shapes import LeadChange, LeadIn, LeadOut, LeadsOut, lead_json, shown
from leads.models import Lead
from leads.person.duplicates import AlreadyHere, create_unless_here

router = Router(auth=SIGNED_IN, tags=["Leads"])


@router.get(
    "/leads/lookup", response=LeadsOut, operation_id="lookup_leads", summary="Find a person by an address",
    openapi_extra=problems("invalid"),
)  # fmt: skip
def lookup(request: HttpRequest, asked: Query[Address]) -> HttpResponse:
    """The records with this email, phone or profile: give one of them. Nobody there is an empty list."""
    given = {field: value for field, value in asked.model_dump().items() if value is not None}
    if len(given) != 1:
        raise invalid_field("query", f"Give one of {', '.join(given or KINDS)}.")
    kind, key = read_address(request.auth, *given.popitem())
    found = Lead.objects.visible_to(request.auth).filter(identifiers__kind=kind, identifiers__person_key=key)
    leads = [lead_json(lead) for lead in shown(found.distinct().order_by("created_at", "id"))[:50]]
    return answer({"data": leads, "total": len(leads)})


@router.post(
    "/leads", response={201: LeadOut}, operation_id="create_lead", summary="Create a lead",
    openapi_extra={**problems("duplicate_person"), "x-once": True},
)  # fmt: skip
@once
def create(request: HttpRequest, said: LeadIn) -> HttpResponse:
    """Somebody who is here already with the same email, phone or profile comes back as 409 `duplicate_person` with
    `lead` and `lead_ids`; with `allow_duplicate` a second record of the same person is made."""
    user = request.auth
    form = new_form(said, user)
    raise_errors(form, said)
    make = actions.create_lead if said.allow_duplicate else create_unless_here
    try:
        lead = make(user=user, fields=form.fields_said(), identifiers=form.identifiers_said())
    except AlreadyHere as here:
        raise Problem(
            "duplicate_person",
            lead=read_lead(here.leads[0].id, user),
            lead_ids=[lead.id for lead in here.leads],
        ) from here
    return answer(read_lead(lead.id, user), status=201, Location=f"{request.path}/{lead.id}")


@router.get("/leads/{uuid:lead_id}", response=LeadOut, operation_id="read_lead", summary="Read a lead")
def read(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """The lead with its summary: when it was last contacted, how, by whom, how often, and its last response."""
    return answer(read_lead(lead_id, request.auth))


def read_lead(lead_id: UUID, user: User) -> dict[str, object]:
    return lead_json(shown(Lead.objects.visible_to(user)).get(pk=lead_id))


@router.patch(
    "/leads/{uuid:lead_id}", response=LeadOut, operation_id="change_lead", summary="Change a lead",
    openapi_extra={**problems("forbidden"), "x-once": True},
)  # fmt: skip
@once
def change(request: HttpRequest, lead_id: UUID, said: LeadChange) -> HttpResponse:
    """All of it or nothing. The summary cannot be written: it follows from the contacts."""
    user = request.auth
    lead = Lead.objects.visible_to(user).prefetch_related("identifiers").get(pk=lead_id)
    form = changed_form(said, user, lead)
    raise_errors(form, said)
    with transaction.atomic():
        change_fields(lead_id, user, form)
        change_wish(lead_id, user, said)
    return answer(read_lead(lead_id, user))


def change_fields(lead_id: UUID, user: User, form) -> None:
    fields, identifiers = form.fields_said(), form.identifiers_said()
    status = fields.pop("status", None)
    if fields or identifiers:
        actions.update_lead(lead_id=lead_id, user=user, fields=fields, identifiers=identifiers)
    if status:
        actions.set_status(lead_id=lead_id, user=user, status=status)


def change_wish(lead_id: UUID, user: User, said: LeadChange) -> None:
    """What the person asked for; what is not said of it stays."""
    given = {name: getattr(said, name) for name in fields_given(said) if name.startswith("do_not_contact")}
    if not given:
        return
    wish = {name: given.get(name) for name in WISH}
    lead = Lead.objects.get(pk=lead_id)
    kept = {name: getattr(lead, name) if value is None else value for name, value in wish.items()}
    if (kept["do_not_contact"] or kept["do_not_contact_methods"]) and not kept["do_not_contact_reason"].strip():
        raise invalid_field("do_not_contact_reason", "Say what they asked for, and how.")
    actions.set_do_not_contact(
        lead_id=lead_id,
        user=user,
        whole=kept["do_not_contact"],
        methods=sorted(set(kept["do_not_contact_methods"])),
        reason=" ".join(kept["do_not_contact_reason"].split()),
    )


WISH = ["do_not_contact", "do_not_contact_methods", "do_not_contact_reason"]
