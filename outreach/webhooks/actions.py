"""The verbs of webhooks: add one, pause, resume, delete, send a test, try a message again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from crm.models import Company, User
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
    check_manager(user)
    # Two at once are counted one after the other.
    Company.objects.select_for_update(no_key=True).get(pk=user.company_id)
    if Webhook.objects.visible_to(user).count() >= MOST_WEBHOOKS:
        raise ValidationError(f"There are {MOST_WEBHOOKS} webhooks. Delete one that is no longer used.")
    seed, place = new_seed(), latest_place()
    secret = secret_of(seed)
    webhook = Webhook.objects.create(
        company_id=user.company_id,
        url=clean_field("url", url),
        events=clean_events(events),
        seed=seed,
        hint=hint_of(secret),
        read_xid=place.xid,
        read_id=place.id,
        created_by=user,
        created_by_name=user.name,
    )
    return webhook, secret


def check_manager(user: User) -> None:
    if user.company_id is None or not user.is_manager:
        raise PermissionDenied("Only managers look after webhooks.")


def clean_field(field: str, text: str) -> str:
    try:
        return clean_url(text)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from error


def clean_events(events: Sequence[str]) -> list[str]:
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
    """Put a message into the outbox that tells of nothing but its sender. Raises Webhook.DoesNotExist."""
    webhook = find_webhook(user, webhook_id)
    delivery = delivery_of(webhook, TEST_EVENT, timezone.now(), {"user_id": str(user.id), "user_name": user.name})
    delivery.save(force_insert=True)
    return delivery


def try_again(*, user: User, delivery_id: UUID) -> Delivery:
    """Have a message sent now that was not taken so far, also one that was given up. Raises Delivery.DoesNotExist."""
    check_manager(user)
    delivery = Delivery.objects.visible_to(user).select_related("webhook").get(pk=delivery_id)
    again = Delivery.objects.filter(pk=delivery.pk, delivered_at__isnull=True)
    again.update(next_try_at=DatabaseClock(), given_up_at=None)
    return delivery


def find_webhook(user: User, webhook_id: UUID) -> Webhook:
    check_manager(user)
    return Webhook.objects.visible_to(user).get(pk=webhook_id)
