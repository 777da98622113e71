"""The verbs of webhooks: add one, pause, resume, delete, send a test, try a message again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from crm.models import Company, User
from crm.models.tenancy import company_id_of
from crm.postgres.clock import DatabaseClock
from outreach.models import TEST_EVENT, WEBHOOK_EVENTS, Delivery, Webhook
from outreach.webhooks.changes import latest_place
from outreach.webhooks.outbox import delivery_of
from outreach.webhooks.signing import hint_of, new_seed, secret_of
from outreach.webhooks.target import clean_url

MOST_WEBHOOKS = 10


@transaction.atomic
def add_webhook(*, user: User, url: str, events: Sequence[str]) -> tuple[Webhook, str]:
    """Tell this address what happens from now on. Returns the webhook and its secret, which is not shown again.

    Raises PermissionDenied unless a manager asks; ValidationError naming the field, also for one webhook too many.
    """
    require_manager(user)
    company_id = company_id_of(user)
    # Of two added at once the second waits here and counts the first.
    Company.objects.select_for_update(no_key=True).get(pk=company_id)
    if Webhook.objects.visible_to(user).count() >= MOST_WEBHOOKS:
        raise ValidationError(f"There are {MOST_WEBHOOKS} webhooks. Delete one that is no longer used.")
    seed, place = new_seed(), latest_place()
    secret = secret_of(seed)
    webhook = Webhook.objects.create(
        company_id=company_id,
        url=clean_address(url),
        events=clean_events(events),
        seed=seed,
        hint=hint_of(secret),
        read_xid=place.xid,
        read_id=place.id,
        created_by=user,
        created_by_name=user.name,
    )
    return webhook, secret


def require_manager(user: User) -> None:
    """Raise PermissionDenied for anybody but a manager of a company."""
    if user.company_id is None or not user.is_manager:
        raise PermissionDenied("Only managers look after webhooks.")


def clean_address(text: str) -> str:
    """As `clean_url`; what it raises names the field."""
    try:
        return clean_url(text)
    except ValidationError as error:
        raise ValidationError({"url": error.messages}) from error


def clean_events(events: Sequence[str]) -> list[str]:
    """These events, once each and in the order of WEBHOOK_EVENTS. Raises ValidationError for none and for others."""
    chosen = [str(event) for event in WEBHOOK_EVENTS if event in events]
    if not chosen or set(events) - set(chosen):
        raise ValidationError({"events": f"Choose from: {', '.join(WEBHOOK_EVENTS)}."})
    return chosen


def set_active(*, user: User, webhook_id: UUID, active: bool) -> Webhook:
    """Pause or resume. What happens while it is paused waits in the feed. Raises Webhook.DoesNotExist."""
    webhook = find_webhook(user, webhook_id)
    webhook.active = active
    if active:
        webhook.failing_since = webhook.switched_off_at = None
    webhook.save(update_fields=["active", "failing_since", "switched_off_at"])
    return webhook


def delete_webhook(*, user: User, webhook_id: UUID) -> Webhook:
    """End it with its outbox and its log. Raises Webhook.DoesNotExist."""
    webhook = find_webhook(user, webhook_id)
    Webhook.objects.filter(pk=webhook.pk).delete()
    return webhook


def send_test(*, user: User, webhook_id: UUID) -> Delivery:
    """Put a test message, which names only its sender, into the outbox. Raises Webhook.DoesNotExist."""
    webhook = find_webhook(user, webhook_id)
    delivery = delivery_of(webhook, TEST_EVENT, timezone.now(), {"user_id": str(user.id), "user_name": user.name})
    delivery.save(force_insert=True)
    return delivery


def try_again(*, user: User, delivery_id: UUID) -> Delivery:
    """Send a message now that was not delivered so far, even one that was given up. Raises Delivery.DoesNotExist."""
    require_manager(user)
    delivery: Delivery = Delivery.objects.visible_to(user).select_related("webhook").get(pk=delivery_id)
    undelivered = Delivery.objects.filter(pk=delivery.pk, delivered_at__isnull=True)
    undelivered.update(next_try_at=DatabaseClock(), given_up_at=None)
    return delivery


def find_webhook(user: User, webhook_id: UUID) -> Webhook:
    require_manager(user)
    webhook: Webhook = Webhook.objects.visible_to(user).get(pk=webhook_id)
    return webhook
