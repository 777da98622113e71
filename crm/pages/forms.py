"""Form fields that refuse what the database or a page cannot take, and the forms of one's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from crm.models import Theme, User
from crm.text import clean_text

if TYPE_CHECKING:
    # Only the stubs take the type of the model.
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class CleanCharFormField(forms.CharField):
    """A CharField without NUL, lone surrogates, control characters and bidirectional overrides."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_text(value) if isinstance(value, str) else value


def focus_first_wrong(form: forms.BaseForm) -> bool:
    """Let the page open with the focus on the first field that is wrong. Return whether there is one."""
    wrong = next((name for name in form.fields if name in form.errors), None)
    if wrong is None:
        return False
    for name, field in form.fields.items():
        field.widget.attrs["autofocus"] = name == wrong
    return True


class ProfileForm(UserForm):
    theme = forms.ChoiceField(choices=Theme, widget=forms.RadioSelect)

    class Meta:
        model = User
        fields = ["first_name", "last_name", "theme", "shortcuts"]
        help_texts = {"last_name": "Colleagues see your name; without one, your email address."}
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }
