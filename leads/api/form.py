"""The pages' own form of a lead, filled from JSON: one cleaner for both doors."""

from __future__ import annotations

from crm.api.fields import Said
from crm.api.problems import Problem, error
from crm.models import User
from leads.api.shapes import ADDRESSES, LeadChange, LeadIn
from leads.forms import IDENTIFIER_FIELDS, NAMES, LeadForm
from leads.models import Lead, LeadStatus

# What the form calls otherwise.
API_NAMES = {"owner": "owner_id", **{IDENTIFIER_FIELDS[kind]: several for kind, (_, several) in ADDRESSES.items()}}


def fields_given(said: Said) -> set[str]:
    """What the caller has said; null is as good as left out, but for an owner."""
    return {name for name in said.model_fields_set if name == "owner_id" or getattr(said, name) is not None}


def new_form(said: LeadIn, user: User) -> LeadForm:
    return LeadForm({"status": LeadStatus.NEW, **typed(said, {})}, user=user)


def changed_form(said: LeadChange, user: User, lead: Lead) -> LeadForm:
    """The form of this lead with what is said over what it holds. The lead must not be used afterwards."""
    initial = LeadForm.identifiers_of(lead)
    blank = LeadForm(instance=lead, user=user, initial=initial)
    held = {name: blank[name].value() or "" for name in blank.fields}
    return LeadForm({**held, **typed(said, held)}, instance=lead, user=user, initial=initial)


def typed(said: Said, held: dict[str, str]) -> dict[str, object]:
    """As if it had been typed into the form, which holds these addresses one per line."""
    given = fields_given(said)
    data = {name: getattr(said, name) for name in given if name in LeadForm.Meta.fields}
    if "owner_id" in given:
        data["owner"] = str(said.owner_id or "")
    for kind, (single, several) in ADDRESSES.items():
        field = IDENTIFIER_FIELDS[kind]
        if {single, several} & given:
            lines = getattr(said, several) if several in given else held.get(field, "").splitlines()
            data[field] = "\n".join(([getattr(said, single)] if single in given else []) + lines)
    return data


def raise_errors(form: LeadForm, said: Said) -> None:
    """Raise Problem naming the fields at fault, those the caller spoke of."""
    if form.is_valid():
        return
    given = fields_given(said)
    asked = NAMES | {field for field in form.fields if {API_NAMES.get(field, field), *singles(field)} & given}
    errors = [
        error(api_name(field, given), message)
        for field, messages in form.errors.items()
        if field in asked or isinstance(said, LeadIn)
        for message in messages
    ]
    if errors:
        raise Problem("invalid", errors=errors)


def singles(field: str) -> set[str]:
    return {single for kind, (single, _) in ADDRESSES.items() if IDENTIFIER_FIELDS[kind] == field}


def api_name(field: str, given: set[str]) -> str:
    """What the caller calls it: the single address when only that was given."""
    several = API_NAMES.get(field, field)
    single = next(iter(singles(field)), several)
    return single if single in given and several not in given else several
