"""The filters in the list's address, as a form."""

from __future__ import annotations

from django import forms

from crm.models import User
from crm.pages.forms import CleanCharField
from leads.methods import ContactMethod
from leads.models import LeadStatus
from outreach.lists.named_views import VIEWS
from outreach.lists.order import SORTS

UNTOUCHED_DAYS = [7, 14, 30, 60, 90]


class ListForm(forms.Form):
    """The filters in the list's address. What it cannot read counts as not given and is said beside the field."""

    q = CleanCharField(label="Search", required=False, max_length=200)
    view = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Any status"), *LeadStatus.choices])
    owner = forms.ModelChoiceField(label="Owner", required=False, queryset=User.objects.none(), empty_label="Any owner")
    method = forms.ChoiceField(
        label="Last contact by", required=False, choices=[("", "Any method"), *ContactMethod.choices]
    )
    untouched = forms.TypedChoiceField(
        label="Not contacted in",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any last contact"), *((days, f"Not in {days} days") for days in UNTOUCHED_DAYS)],
    )
    do_not_contact = forms.ChoiceField(
        label="Do not contact",
        required=False,
        choices=[("", "Contact or not"), ("no", "May be contacted"), ("yes", "Do not contact")],
    )
    sort = forms.ChoiceField(label="Order", required=False)

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["view"].choices = [("", "All"), *((code, view.label) for code, view in VIEWS.items())]
        self.fields["sort"].choices = [(code, sort.label) for code, sort in SORTS.items()]
        self.fields["owner"].queryset = User.objects.filter(company_id=user.company_id, is_active=True)

    def said(self) -> dict[str, object]:
        self.is_valid()
        return self.cleaned_data
