"""The filters in the list's address, as a form."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from crm.models import User
from crm.models.tenancy import company_id_of
from crm.pages.forms import CleanCharFormField
from leads.methods import ContactMethod
from leads.models import LeadStatus
from outreach.lists.filters import Filters
from outreach.lists.named_views import VIEWS
from outreach.lists.order import SORTS

UNTOUCHED_DAYS = [7, 14, 30, 60, 90]


class ListForm(forms.Form):
    """The filters in the list's address. A value it cannot read is ignored, with an error beside the field."""

    q = CleanCharFormField(label="Search", required=False, max_length=200)
    view = forms.ChoiceField(label="View", required=False, widget=forms.HiddenInput)
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
        choices=[("", "Contacted any time"), *((days, f"Not contacted in {days} days") for days in UNTOUCHED_DAYS)],
    )
    do_not_contact = forms.ChoiceField(
        label="Permission to contact",
        required=False,
        choices=[("", "Any permission"), ("no", "May be contacted"), ("yes", "Do not contact")],
    )
    sort = forms.ChoiceField(label="Order", required=False)

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        view, sort, owner = self.fields["view"], self.fields["sort"], self.fields["owner"]
        assert isinstance(view, forms.ChoiceField) and isinstance(sort, forms.ChoiceField)
        assert isinstance(owner, forms.ModelChoiceField)
        view.choices = [("", "All"), *((code, named.label) for code, named in VIEWS.items())]
        sort.choices = [(code, order.label) for code, order in SORTS.items()]
        owner.queryset = User.objects.filter(company_id=company_id_of(user), is_active=True)

    def values(self) -> Filters:
        """The values that could be read, by field."""
        self.is_valid()
        return self.cleaned_data
