"""What people type about a lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.db.models import Q

from crm.models import User
from crm.models.ids import new_id
from crm.models.tenancy import company_id_of, company_of
from crm.pages.forms import CleanCharFormField
from crm.text import clean_text
from leads.actions import Shown
from leads.addresses import ValuePair, clean_identifiers, known_addresses
from leads.form.fields import AddressesField, lines_of, sized
from leads.form.groups import AddressGroup, address_group
from leads.form.rows import read_pairs
from leads.form.words import overtaken_words, saved_words
from leads.methods import ContactMethod
from leads.models import NAMES, IdentifierKind, Lead, LeadStatus

IDENTIFIER_FIELDS = {
    IdentifierKind.EMAIL: "emails",
    IdentifierKind.PHONE: "phones",
    IdentifierKind.PROFILE: "profiles",
}


class LeadForm(forms.ModelForm):  # type: ignore[type-arg]  # the class takes no arguments at run time
    """A lead with its addresses: on the page a row each, from elsewhere a text with one per line."""

    emails = AddressesField(IdentifierKind.EMAIL)
    phones = AddressesField(IdentifierKind.PHONE)
    profiles = AddressesField(IdentifierKind.PROFILE, label="LinkedIn")
    # The new lead's id, chosen when the form is shown: sent twice, it makes one lead.
    key = forms.CharField(required=False, max_length=36, initial=new_id, widget=forms.HiddenInput)

    identifier_fields = IDENTIFIER_FIELDS

    class Meta:
        model = Lead
        fields = [
            "first_name", "last_name", "job_title", "organization", "website", "industry", "source", "owner",
            "status", "notes",
        ]  # fmt: skip
        widgets = {"notes": forms.Textarea(attrs={"rows": 5})}

    # As the page has them, so that the first one that is wrong is the uppermost.
    field_order = [
        "first_name", "last_name", "job_title", "organization", "emails", "phones", "profiles", "website",
        "status", "owner", "industry", "source", "notes",
    ]  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.region = company_of(user).phone_region
        self.is_edit = not self.instance._state.adding
        self.known = known_addresses(self.instance) if self.is_edit else {}
        if self.is_edit:
            del self.fields["key"]
        colleagues = User.objects.filter(company_id=company_id_of(user))
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        # A colleague who has left keeps their leads until somebody else is chosen.
        owner.queryset = colleagues.filter(Q(is_active=True) | Q(pk=self.instance.owner_id))
        owner.empty_label = "Nobody"
        sized(self.fields)
        self.carry_initial_values()

    def carry_initial_values(self) -> None:
        """An edit sends back what its page showed: only fields that differ from that are written."""
        if self.is_edit and (not self.is_bound or self.add_initial_prefix("last_name") in self.data):
            for field in self.fields.values():
                field.show_hidden_initial = True

    def clean_website(self) -> str:
        """An address a browser can open; without a scheme it is read as https."""
        website = self.cleaned_data["website"].strip()
        if not website:
            return ""
        address = website if "://" in website else f"https://{website}"
        if not is_web_address(address):
            raise forms.ValidationError("This is not a web address. Use one such as acme.example.")
        return address

    def clean_notes(self) -> str:
        return clean_text(self.cleaned_data["notes"])

    def clean(self) -> dict[str, object]:
        super().clean()
        cleaned = self.cleaned_data
        for kind, field in IDENTIFIER_FIELDS.items():
            try:
                cleaned[field] = clean_identifiers(kind, cleaned.get(field, ""), self.region, self.known.get(kind, {}))
            except forms.ValidationError as error:
                self.add_error(field, error)
        if not any(cleaned.get(name) for name in NAMES):
            self.add_error("last_name", "Give a name or an organization.")
        return cleaned

    def lead_fields(self) -> dict[str, Any]:
        """The values to write, by the lead's field names."""
        names = self.names_to_write()
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name in names}

    def lead_identifiers(self) -> dict[str, list[ValuePair]]:
        """The identifiers to write, by their kind."""
        names = self.names_to_write()
        return {kind: self.cleaned_data[field] for kind, field in IDENTIFIER_FIELDS.items() if field in names}

    def shown(self) -> Shown | None:
        """What the page of this edit showed of the fields to write; None if it did not send that along."""
        if self.add_initial_prefix("last_name") not in self.data:
            return None
        values = {name: self.shown_value(name) for name in self.lead_fields()}
        addresses: dict[str, list[ValuePair]] = {
            kind: read_pairs(kind, lines_of(str(self.shown_value(field))), self.region, self.known.get(kind, {}))[0]
            for kind, field in IDENTIFIER_FIELDS.items()
        }
        return Shown(values, addresses)

    def shown_value(self, name: str) -> object:
        field = self.fields[name]
        value = field.hidden_widget().value_from_datadict(self.data, self.files, self.add_initial_prefix(name))
        try:
            return field.to_python(value)
        except forms.ValidationError:
            # Nothing of ours: whatever the lead has now, it is not what was shown.
            return value

    def say_overtaken(self, lead: Lead, names: Sequence[str]) -> None:
        """Say at each of these fields what the lead has now. What was typed stays, and saved again it is written."""
        data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict: only a page sends what it showed
        for name in names:
            now = self.fields[name].prepare_value(getattr(lead, name)) if name == "owner" else getattr(lead, name)
            data[self.add_initial_prefix(name)] = "" if now is None else str(now)
            self.add_error(name, overtaken_words(lead, name))
        self.data = data

    def saved_words(self) -> str:
        """What an edit has changed, in words."""
        labels = [str(self[name].label) for name in self.Meta.fields if name in self.changed_data]
        before = {kind: lines_of(self[field].initial) for kind, field in self.identifier_fields.items()}
        return saved_words(labels, self.lead_identifiers(), before)

    def address_groups(self) -> list[AddressGroup]:
        return [
            address_group(kind, self[field], self.region, self.known.get(kind, {}))
            for kind, field in self.identifier_fields.items()
        ]

    def differs_from(self, lead: Lead) -> bool:
        """Whether saving would change the lead. A status it has climbed to since it was chosen is no difference."""
        present = {name: getattr(lead, "status_set" if name == "status" else name) for name in self.Meta.fields}
        known = known_addresses(lead)
        typed = {
            kind: {normalised for _, normalised in self.cleaned_data[field]}
            for kind, field in IDENTIFIER_FIELDS.items()
        }
        return any(self.cleaned_data[name] != value for name, value in present.items()) or any(
            typed[kind] != set(known.get(kind, {}).values()) for kind in typed
        )

    def new_lead_id(self) -> UUID | None:
        """The id of the lead to be made; None if the form carries no valid one."""
        try:
            return UUID(self.cleaned_data["key"])
        except ValueError:
            return None

    def names_to_write(self) -> set[str]:
        """The form's fields to write: of a new lead all, of an edit those that differ from what the page showed."""
        names = set(self.changed_data) if self.is_edit else set(self.fields)
        # A lead must keep at least one of NAMES, so they are written together.
        return names | set(NAMES) if names & set(NAMES) else names

    @staticmethod
    def identifiers_of(lead: Lead) -> dict[str, str]:
        """The text of the identifier fields for an existing lead, by field name."""
        identifiers = list(lead.identifiers.all())
        return {
            field: "\n".join(identifier.value for identifier in identifiers if identifier.kind == kind)
            for kind, field in IDENTIFIER_FIELDS.items()
        }


def is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and "." in (parts.hostname or "") and " " not in address
    except ValueError:
        return False


class StatusForm(forms.Form):
    status = forms.ChoiceField(choices=LeadStatus)


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.filter(company_id=company_id_of(user), is_active=True)


class DoNotContactForm(forms.Form):
    whole = forms.BooleanField(label="Not to be contacted at all", required=False)
    methods = forms.MultipleChoiceField(
        label="Or not by these methods",
        choices=ContactMethod,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = CleanCharFormField(
        label="What they asked for",
        max_length=500,
        required=False,
        help_text="Needed with any of these. Shown to everybody who wants to contact them.",
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )

    def clean_reason(self) -> str:
        return " ".join(self.cleaned_data["reason"].split())

    def clean(self) -> dict[str, object]:
        super().clean()
        cleaned = self.cleaned_data
        if (cleaned.get("whole") or cleaned.get("methods")) and not cleaned.get("reason") and not self.errors:
            self.add_error("reason", "Say what they asked for, and how.")
        return cleaned
