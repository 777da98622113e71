"""The managers' page of webhooks: which addresses are told, how they fare, and what was sent to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from crm.login.access import manager_required
from crm.pages.request import SignedInRequest
from outreach.models import Delivery, Webhook
from outreach.webhooks import actions
from outreach.webhooks.form import WebhookForm
from outreach.webhooks.log import read_log, read_webhooks

LOG = "#log"
Target = TypeVar("Target", Webhook, Delivery)


class PlaceForm(forms.Form):
    """Where the page of the log before this one ended."""

    before = forms.UUIDField(required=False)


@require_http_methods(["GET", "POST"])
@manager_required
@vary_on_headers("HX-Request")
def webhooks(request: SignedInRequest) -> HttpResponse:
    """The page with its log, or older entries of it alone; posted to, it adds a webhook."""
    if request.method == "POST":
        return add(request)
    place = PlaceForm(request.GET)
    status = 200 if place.is_valid() else 422
    before = place.cleaned_data.get("before")
    if request.htmx and before is not None:
        return render(request, "outreach/webhooks/_log.html", log_context(request, before))
    return page(request, before=before, status=status)


def add(request: SignedInRequest) -> HttpResponse:
    """The secret is shown on this very answer and never again, so that nothing has to keep it in between."""
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            webhook, secret = actions.add_webhook(user=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return page(request, made=webhook, secret=secret, status=201)
    return page(request, form=form, status=422)


def page(
    request: SignedInRequest,
    *,
    form: WebhookForm | None = None,
    before: UUID | None = None,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    shown = {"webhooks": read_webhooks(request.user), "form": form or WebhookForm(), **log_context(request, before)}
    return render(request, "outreach/webhooks/webhooks.html", {**shown, **context}, status=status)


def log_context(request: SignedInRequest, before: UUID | None) -> dict[str, object]:
    log = read_log(request.user, before)
    address = reverse("webhooks")
    return {
        "entries": log.entries,
        "more_url": f"{address}?before={log.next}{LOG}" if log.next else "",
        "newest_url": f"{address}{LOG}" if before else "",
    }


@require_POST
@manager_required
def switch(request: SignedInRequest, webhook_id: UUID) -> HttpResponse:
    """Pause, or resume when `active` says so."""
    active = request.POST.get("active") == "true"
    webhook = run_verb(actions.set_active, user=request.user, webhook_id=webhook_id, active=active)
    messages.success(request, f"{webhook.url} is {'resumed' if active else 'paused'}.")
    return redirect("webhooks")


@require_POST
@manager_required
def delete(request: SignedInRequest, webhook_id: UUID) -> HttpResponse:
    webhook = run_verb(actions.delete_webhook, user=request.user, webhook_id=webhook_id)
    messages.success(request, f"{webhook.url} is deleted, with its log.")
    return redirect("webhooks")


@require_POST
@manager_required
def test(request: SignedInRequest, webhook_id: UUID) -> HttpResponse:
    delivery = run_verb(actions.send_test, user=request.user, webhook_id=webhook_id)
    when = "on its way" if delivery.webhook.active else "sent once the webhook is resumed"
    messages.success(request, f"The test is {when}. The log says what came of it.")
    return redirect(reverse("webhooks") + LOG)


@require_POST
@manager_required
def try_again(request: SignedInRequest, delivery_id: UUID) -> HttpResponse:
    delivery = run_verb(actions.try_again, user=request.user, delivery_id=delivery_id)
    if delivery.delivered_at is not None:
        messages.info(request, "It was delivered already.")
    else:
        messages.success(request, "It is sent again in a moment. The log says what came of it.")
    return redirect(reverse("webhooks") + LOG)


def run_verb(verb: Callable[..., Target], **arguments: object) -> Target:
    """What the verb returns. Raises Http404 for what is not there, or not of this company."""
    try:
        return verb(**arguments)
    except (Webhook.DoesNotExist, Delivery.DoesNotExist) as error:
        raise Http404("No such webhook.") from error
