"""The operations on one lead, and who is behind an address."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from ninja import Query, Router

from crm.api.answers import answer
from crm.api.auth import SIGNED_IN
from crm.api.idempotency import once
from crm.api.problems import Problem, invalid_field
from crm.api.schema import problems
from crm.models import User
from crm.pages.request import ApiRequest
from leads import actions
from leads.api.address import KINDS, Address, read_address
from leads.api.form import changed_form, new_form, raise_errors, sent_names
from leads.api.shapes import LeadChange, LeadIn, LeadOut, LeadsOut, lead_json, shown
from leads.forms import LeadForm
from leads.models import Lead
from leads.person.duplicates import DuplicatePerson, create_unless_duplicate

router = Router(auth=SIGNED_IN, tags=["Leads"])


@router.get(
    "/leads/lookup", response=LeadsOut, operation_id="lookup_leads", summary="Find a person by an address",
    openapi_extra=problems("invalid"),
)  # fmt: skip
def lookup(request: ApiRequest, address: Query[Address]) -> HttpResponse:
    """The records with this email, phone or profile: give one of them. Nobody there is an empty list."""
    values = {field: value for field, value in address.model_dump().items() if value is not None}
    if len(values) != 1:
        raise invalid_field("query", f"Give one of {', '.join(values or KINDS)}.")
    kind, key = read_address(request.auth, *values.popitem())
    records = Lead.objects.visible_to(request.auth).filter(identifiers__kind=kind, identifiers__person_key=key)
    leads = [lead_json(lead) for lead in shown(records.distinct().order_by("created_at", "id"))[:50]]
    return answer({"data": leads, "total": len(leads)})


@router.post(
    "/leads", response={201: LeadOut}, operation_id="create_lead", summary="Create a lead",
    openapi_extra={**problems("duplicate_person"), "x-once": True},
)  # fmt: skip
@once
def create(request: ApiRequest, data: LeadIn) -> HttpResponse:
    """Somebody who is here already with the same email, phone or profile comes back as 409 `duplicate_person` with
    `lead` and `lead_ids`; with `allow_duplicate` a second record of the same person is made."""
    user = request.auth
    form = new_form(data, user)
    raise_errors(form, data)
    create_lead = actions.create_lead if data.allow_duplicate else create_unless_duplicate
    try:
        lead = create_lead(user=user, fields=form.lead_fields(), identifiers=form.lead_identifiers())
    except DuplicatePerson as duplicate:
        raise Problem(
            "duplicate_person",
            lead=read_lead(duplicate.leads[0].id, user),
            lead_ids=[lead.id for lead in duplicate.leads],
        ) from duplicate
    return answer(read_lead(lead.id, user), status=201, Location=f"{request.path}/{lead.id}")


@router.get("/leads/{uuid:lead_id}", response=LeadOut, operation_id="read_lead", summary="Read a lead")
def read(request: ApiRequest, lead_id: UUID) -> HttpResponse:
    """The lead with its summary: when it was last contacted, how, by whom, how often, and its last response."""
    return answer(read_lead(lead_id, request.auth))


def read_lead(lead_id: UUID, user: User) -> dict[str, object]:
    return lead_json(shown(Lead.objects.visible_to(user)).get(pk=lead_id))


@router.patch(
    "/leads/{uuid:lead_id}", response=LeadOut, operation_id="change_lead", summary="Change a lead",
    openapi_extra={**problems("forbidden"), "x-once": True},
)  # fmt: skip
@once
def change(request: ApiRequest, lead_id: UUID, data: LeadChange) -> HttpResponse:
    """All of it or nothing. The summary cannot be written: it follows from the contacts."""
    user = request.auth
    lead = Lead.objects.visible_to(user).prefetch_related("identifiers").get(pk=lead_id)
    form = changed_form(data, user, lead)
    raise_errors(form, data)
    with transaction.atomic():
        change_fields(lead_id, user, form)
        change_wish(lead_id, user, data)
    return answer(read_lead(lead_id, user))


def change_fields(lead_id: UUID, user: User, form: LeadForm) -> None:
    fields, identifiers = form.lead_fields(), form.lead_identifiers()
    status = fields.pop("status", None)
    if fields or identifiers:
        actions.update_lead(lead_id=lead_id, user=user, fields=fields, identifiers=identifiers)
    if status:
        actions.set_status(lead_id=lead_id, user=user, status=status)


def change_wish(lead_id: UUID, user: User, data: LeadChange) -> None:
    """Write the sent parts of the person's wish not to be contacted; the other parts stay."""
    names = sent_names(data)
    if not names.intersection(WISH):
        return
    lead = Lead.objects.get(pk=lead_id)
    wish = {name: getattr(data if name in names else lead, name) for name in WISH}
    if (wish["do_not_contact"] or wish["do_not_contact_methods"]) and not wish["do_not_contact_reason"].strip():
        raise invalid_field("do_not_contact_reason", "Say what they asked for, and how.")
    actions.set_do_not_contact(
        lead_id=lead_id,
        user=user,
        whole=wish["do_not_contact"],
        methods=sorted(set(wish["do_not_contact_methods"])),
        reason=" ".join(wish["do_not_contact_reason"].split()),
    )


WISH = ["do_not_contact", "do_not_contact_methods", "do_not_contact_reason"]
