"""What every user needs around the work: home, signing in and out, the own account; and the health check."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from crm.login.token_views import profile_context
from crm.pages.forms import CleanCharFormField, ProfileForm
from crm.pages.request import SignedInRequest


def home(request: SignedInRequest) -> HttpResponse:
    """Reps land on their leads; staff without a company have only the administration."""
    return redirect("lead_list" if request.user.company_id else "admin:index")


NO_MATCH = "This email and password do not match. Check both; upper and lower case matter in the password."


class SignInForm(AuthenticationForm):
    username = CleanCharFormField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = CleanCharFormField(
        label="Password",
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {"invalid_login": NO_MATCH, "inactive": NO_MATCH}


class SignIn(auth.LoginView):
    template_name = "registration/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return str(reverse_lazy("home"))


@method_decorator(login_not_required, name="dispatch")
class SignOut(auth.LogoutView):
    """Also for whoever is signed out already: what was typed in this browser is to be forgotten all the same."""

    http_method_names = ["post", "options"]


@require_safe
@login_not_required
def signed_in(request: HttpRequest) -> HttpResponse:
    """Who this browser is signed in as now, and the token for their forms: asked by pages that may be older."""
    user_id = str(request.user.pk) if request.user.is_authenticated else None
    answer = JsonResponse({"user": user_id, "token": get_token(request)})
    answer["Cache-Control"] = "no-store"
    return answer


class PasswordChange(auth.PasswordChangeView):
    template_name = "registration/password_change.html"


class PasswordChanged(auth.PasswordChangeDoneView):
    template_name = "registration/password_change_done.html"


@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """One's own name, how the pages look and listen, and the tokens of one's tools."""
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        request.user.save(update_fields=ProfileForm.Meta.fields)
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    context = profile_context(request.user, form=form)
    return render(request, "registration/profile.html", context, status=422 if form.errors else 200)


@require_safe
@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    """Where a browser looks for the mark beside an answer that is no page, such as JSON."""
    return redirect(static("favicon.svg"), permanent=False)


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Ready when the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    return JsonResponse({"database": "ok"})
