"""One's own personal tokens, on the profile page: made, listed, revoked."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm.login import tokens
from crm.models import ApiToken, Scope, User
from crm.pages.forms import CleanCharFormField, ProfileForm
from crm.pages.request import SignedInRequest

DAYS = [(30, "30 days"), (90, "90 days"), (365, "One year")]


class TokenForm(forms.Form):
    name = CleanCharFormField(
        max_length=tokens.NAME_MAX, help_text="What it is for, such as “Mail add-on on my laptop”."
    )
    scope = forms.ChoiceField(label="It may", choices=Scope, initial=Scope.WRITE, widget=forms.RadioSelect)
    days = forms.TypedChoiceField(label="For", choices=DAYS, coerce=int, initial=tokens.DEFAULT_DAYS)


def profile_context(user: User, **more: object) -> dict[str, object]:
    """All the profile page shows; more replaces a form that is shown again, or adds a token just made."""
    shown: dict[str, object] = {"form": ProfileForm(instance=user)}
    if user.company_id is not None:
        shown |= {"tokens": user.api_tokens.live(), "token_form": TokenForm(auto_id="token_%s")}
    return {**shown, **more}


@require_POST
def create(request: SignedInRequest) -> HttpResponse:
    """Shown on this very answer and never again, so that nothing has to keep it in between."""
    form = TokenForm(request.POST, auto_id="token_%s")
    if form.is_valid():
        try:
            token, secret = tokens.create_token(user=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            made = profile_context(request.user, made=token, secret=secret)
            return render(request, "registration/profile.html", made, status=201)
    return render(request, "registration/profile.html", profile_context(request.user, token_form=form), status=422)


@require_POST
def revoke(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    try:
        token = tokens.revoke_token(token_id=token_id, user=request.user)
    except ApiToken.DoesNotExist as error:
        raise Http404("No such token.") from error
    messages.success(request, f"“{token.name}” is revoked.")
    return redirect("profile")
