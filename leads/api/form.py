"""The pages' own form of a lead, filled from JSON: one cleaner for both doors."""

from __future__ import annotations

from crm.api.problems import Problem, error
from crm.models import User
from leads.api.shapes import ADDRESSES, LeadChange, LeadIn
from leads.forms import IDENTIFIER_FIELDS, LeadForm
from leads.models import NAMES, Lead, LeadStatus

# Fields whose name in the API is not that in the form.
API_NAMES = {"owner": "owner_id", **{IDENTIFIER_FIELDS[kind]: several for kind, (_, several) in ADDRESSES.items()}}


def sent_names(data: LeadIn | LeadChange) -> set[str]:
    """The names of the fields the caller has sent; null counts as left out, except for an owner."""
    return {name for name in data.model_fields_set if name == "owner_id" or getattr(data, name) is not None}


def new_form(data: LeadIn, user: User) -> LeadForm:
    return LeadForm({"status": LeadStatus.NEW, **form_data(data, {})}, user=user)


def changed_form(data: LeadChange, user: User, lead: Lead) -> LeadForm:
    """The form of this lead, filled with its values and over them the sent ones.

    The lead must not be used afterwards: the form writes on it.
    """
    initial = LeadForm.identifiers_of(lead)
    blank = LeadForm(instance=lead, user=user, initial=initial)
    current = {name: blank[name].value() or "" for name in blank.fields}
    return LeadForm({**current, **form_data(data, current)}, instance=lead, user=user, initial=initial)


def form_data(data: LeadIn | LeadChange, current: dict[str, str]) -> dict[str, object]:
    """What was sent as if it had been typed into the form. current: the form's values, addresses one per line."""
    names = sent_names(data)
    typed: dict[str, object] = {name: getattr(data, name) for name in names if name in LeadForm.Meta.fields}
    if "owner_id" in names:
        typed["owner"] = str(data.owner_id or "")
    for kind, (single, several) in ADDRESSES.items():
        field = IDENTIFIER_FIELDS[kind]
        if {single, several} & names:
            lines = getattr(data, several) if several in names else current.get(field, "").splitlines()
            typed[field] = "\n".join(([getattr(data, single)] if single in names else []) + lines)
    return typed


def raise_errors(form: LeadForm, data: LeadIn | LeadChange) -> None:
    """Raise Problem naming the invalid fields; of a change only those the caller sent."""
    if form.is_valid():
        return
    names = sent_names(data)
    sent = set(NAMES) | {field for field in form.fields if {API_NAMES.get(field, field), *single_names(field)} & names}
    errors = [
        error(api_name(field, names), str(message))
        for field, messages in form.errors.items()
        if field in sent or isinstance(data, LeadIn)
        for message in messages
    ]
    if errors:
        raise Problem("invalid", errors=errors)


def single_names(field: str) -> set[str]:
    """The API's name for the first address of an identifier field; none for other fields."""
    return {single for kind, (single, _) in ADDRESSES.items() if IDENTIFIER_FIELDS[kind] == field}


def api_name(field: str, names: set[str]) -> str:
    """The name the caller used for a form's field: that of the single address if only this was sent."""
    several = API_NAMES.get(field, field)
    single = next(iter(single_names(field)), several)
    return single if single in names and several not in names else several
