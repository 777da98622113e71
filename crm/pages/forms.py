"""Form fields that refuse what the database or a page cannot take, and the forms of one's own account."""

from __future__ import annotations

from django import forms

from crm.models import Theme, User
from crm.text import clean_text


class CleanCharField(forms.CharField):
    """A CharField without NUL, lone surrogates, control characters and bidirectional overrides."""

    def to_python(self, value):
        value = super().to_python(value)
        return clean_text(value) if isinstance(value, str) else value


class ProfileForm(forms.ModelForm):
    theme = forms.ChoiceField(choices=Theme, widget=forms.RadioSelect)

    class Meta:
        model = User
        fields = ["first_name", "last_name", "theme", "shortcuts"]
