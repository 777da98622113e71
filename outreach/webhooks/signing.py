"""The secret a webhook shares with its receiver, and the signature that proves who sent a message."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.utils.crypto import salted_hmac

from outreach.models import Webhook

PREFIX = "tandem_hook_"
HINT_LENGTH = len(PREFIX) + 4
SEED_BYTES = 16


def new_seed() -> str:
    return secrets.token_hex(SEED_BYTES)


def secret_of(seed: str) -> str:
    """Derived from the seed and the server's key: whoever has only the database, or a copy of it, cannot sign."""
    return PREFIX + salted_hmac("outreach.webhooks", seed, algorithm="sha256").hexdigest()


def hint_of(secret: str) -> str:
    return secret[:HINT_LENGTH]


def knows_secret(webhook: Webhook) -> bool:
    """Whether the secret is still the one that its receiver was given: with another server key it is another."""
    return hint_of(secret_of(webhook.seed)) == webhook.hint


def signature(secret: str, timestamp: str, payload: str) -> str:
    """HMAC-SHA256 over the time and the body, so that neither can be replaced."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"v1={digest}"
