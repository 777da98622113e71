"""Sending what is in the outbox: one worker per webhook at a time, no transaction open while another machine is called.

A worker reserves a webhook until a time (a row lock would need an open connection and meet the idle time-out). If the
worker dies, others take the webhook after that time, and the message it was sending is sent again with the same id.
"""

from __future__ import annotations

import logging
import random
import time
from datetime import timedelta
from threading import Event

from django.db import connection, reset_queries, transaction
from django.db.models import Exists, OuterRef

from crm.postgres.busy import BUSY
from crm.postgres.clock import DatabaseClock
from outreach.models import ERROR_MAX, Delivery, Webhook
from outreach.webhooks.outbox import gather_all
from outreach.webhooks.send import Outcome, send
from outreach.webhooks.signing import knows_secret

logger = logging.getLogger("tandem.webhooks")

# The pause after each failed try; when all have been used up, the message is given up.
PAUSES = [
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
]
# Each pause is up to this share longer, so that messages that failed together are not tried again together.
JITTER = 0.2
# A webhook that has accepted nothing for so long is switched off.
MOST_FAILING = timedelta(days=3)
# A worker sends for one webhook for so long, then goes to another.
TURN_SECONDS = 20
# It reserves the webhook for so long: a turn, one slow name look-up and one slow answer.
TAKEN = timedelta(seconds=120)
# A webhook rests for so long after a failure, or those that never answer would keep all workers busy.
REST = timedelta(seconds=10)
IDLE_SECONDS = 1.0
BUSY_SECONDS = 5.0
# How long the log keeps what has ended.
KEPT = timedelta(days=30)
FORGET_SECONDS = 3_600.0
WRONG_KEY = "Not sent: the server's key has changed since. Delete this webhook and add it again for a new secret."


def work(stop: Event) -> None:
    """Gather and send until `stop` is set. After any error it waits a little and goes on."""
    forget_at = 0.0
    while not stop.is_set():
        pause = IDLE_SECONDS
        try:
            if time.monotonic() >= forget_at:
                forget_at = time.monotonic() + FORGET_SECONDS
                forget_old()
            if one_pass(stop):
                pause = 0
        except BUSY as error:
            logger.warning("The outbox waits for the database: %s", error)
            pause = BUSY_SECONDS
        except Exception:
            logger.exception("A pass over the outbox failed.")
            pause = BUSY_SECONDS
        finally:
            # The connection goes back to the pool, and the queries that DEBUG records are dropped.
            connection.close()
            reset_queries()
        stop.wait(pause)


def one_pass(stop: Event | None = None) -> int:
    """Gather once for each webhook, then send for the one that waited longest. Returns how many changes and tries."""
    done = gather_all()
    webhook = take()
    return done + serve(webhook, stop) if webhook is not None else done


@transaction.atomic
def take() -> Webhook | None:
    """Reserve the webhook that has something due and waited longest; None if there is none."""
    due = Delivery.objects.due().filter(webhook=OuterRef("pk"))
    free = Webhook.objects.filter(Exists(due), active=True, taken_until__lte=DatabaseClock())
    webhook = free.order_by("taken_until").select_for_update(skip_locked=True, no_key=True).first()
    if webhook is not None:
        Webhook.objects.filter(pk=webhook.pk).update(taken_until=DatabaseClock() + TAKEN)
    return webhook


def serve(webhook: Webhook, stop: Event | None = None) -> int:
    """Send what is due, oldest first, until one fails or the turn is over. Returns how many were tried."""
    tried, ends, rest = 0, time.monotonic() + TURN_SECONDS, timedelta(0)
    try:
        while time.monotonic() < ends and not (stop is not None and stop.is_set()):
            delivery = webhook.deliveries.due().order_by("id").first()
            if delivery is None:
                break
            tried += 1
            if not attempt(webhook, delivery):
                rest = REST
                break
    finally:
        Webhook.objects.filter(pk=webhook.pk).update(taken_until=DatabaseClock() + rest)
    return tried


def attempt(webhook: Webhook, delivery: Delivery) -> bool:
    """Send one message and record the outcome. Returns whether it was delivered."""
    # No connection is kept while another machine takes its time.
    if not connection.in_atomic_block:
        connection.close()
    if knows_secret(webhook):
        outcome = send(delivery, seed=webhook.seed, url=webhook.url)
    else:
        outcome = Outcome(error=WRONG_KEY)
    record(webhook, delivery, outcome)
    return outcome.delivered


@transaction.atomic
def record(webhook: Webhook, delivery: Delivery, outcome: Outcome) -> None:
    """Write the outcome of this try, unless another worker has written one meanwhile."""
    tries = delivery.attempts + 1
    recorded = Delivery.objects.waiting().filter(pk=delivery.pk, attempts=delivery.attempts).update(
        attempts=tries,
        last_tried_at=DatabaseClock(),
        last_status=outcome.status,
        last_error=error_of(outcome),
        **ending(tries, outcome),
    )  # fmt: skip
    if recorded and outcome.delivered:
        Webhook.objects.filter(pk=webhook.pk, failing_since__isnull=False).update(failing_since=None)
    elif recorded:
        note_failure(webhook)


def ending(tries: int, outcome: Outcome) -> dict[str, object]:
    """The columns that say how the message goes on after so many tries: delivered, given up, or when to try next."""
    if outcome.delivered:
        return {"next_try_at": None, "delivered_at": DatabaseClock()}
    if tries > len(PAUSES):
        return {"next_try_at": None, "given_up_at": DatabaseClock()}
    return {"next_try_at": DatabaseClock() + PAUSES[tries - 1] * (1 + random.uniform(0, JITTER))}


def error_of(outcome: Outcome) -> str:
    if outcome.status is not None and 300 <= outcome.status < 400:
        return "Redirects are not followed. Give the address it leads to."
    return outcome.error[:ERROR_MAX]


def note_failure(webhook: Webhook) -> None:
    """Record since when the webhook has been failing, and switch it off after MOST_FAILING."""
    this_webhook = Webhook.objects.filter(pk=webhook.pk)
    this_webhook.filter(failing_since__isnull=True).update(failing_since=DatabaseClock())
    failing_too_long = this_webhook.filter(active=True, failing_since__lt=DatabaseClock() - MOST_FAILING)
    if failing_too_long.update(active=False, switched_off_at=DatabaseClock()):
        logger.warning("Webhook %s took nothing for %s days and is switched off.", webhook.pk, MOST_FAILING.days)


def forget_old() -> int:
    """Delete messages from the log that ended long ago. Returns how many."""
    old = Delivery.objects.filter(next_try_at__isnull=True, created_at__lt=DatabaseClock() - KEPT)
    return old.delete()[0]
