"""The verbs of personal tokens: make one, revoke one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.models import ApiToken, Scope, User
from crm.text import clean_text

# Known at a glance in a log or a repository, also to scanners for leaked secrets.
PREFIX = "tandem_"
RANDOM_BYTES = 24
HINT_LENGTH = len(PREFIX) + 4
DEFAULT_DAYS = 90
LONGEST_DAYS = 365
MOST_LIVE = 20
NAME_MAX = 100


def create_token(*, user: User, name: str, scope: str = Scope.WRITE, days: int = DEFAULT_DAYS) -> tuple[ApiToken, str]:
    """Make a token of this user and return it with its secret, which nobody can read again.

    days: until it expires, 1 to 365. Raises ValidationError naming the field, also for an inactive user, staff
    without a company or with MOST_LIVE valid tokens already.
    """
    company_id = check_owner(user)
    secret = PREFIX + secrets.token_hex(RANDOM_BYTES)
    token = ApiToken.objects.create(
        company_id=company_id,
        user=user,
        name=clean_name(name),
        scope=clean_scope(scope),
        digest=digest(secret),
        hint=secret[:HINT_LENGTH],
        expires_at=timezone.now() + timedelta(days=clean_days(days)),
    )
    return token, secret


def check_owner(user: User) -> UUID:
    """The company whose token it will be. Raises ValidationError when the user may have no token, or no more."""
    if not user.is_active or user.company_id is None:
        raise ValidationError("Only an active user of a company has tokens.")
    if user.api_tokens.live().count() >= MOST_LIVE:
        raise ValidationError(f"You have {MOST_LIVE} tokens. Revoke one that is no longer used.")
    return user.company_id


def clean_name(name: str) -> str:
    cleaned = " ".join(clean_text(name).split())
    if not 0 < len(cleaned) <= NAME_MAX:
        raise ValidationError({"name": f"Say what the token is for, in at most {NAME_MAX} characters."})
    return cleaned


def clean_scope(scope: str) -> str:
    if scope not in Scope.values:
        raise ValidationError({"scope": f"Choose one of: {', '.join(Scope.values)}."})
    return scope


def clean_days(days: int) -> int:
    if not 1 <= days <= LONGEST_DAYS:
        raise ValidationError({"days": f"Choose 1 to {LONGEST_DAYS} days."})
    return days


def digest(secret: str) -> str:
    """What is stored and looked up: the secret has 192 random bits, so a fast hash keeps it as well as a slow one."""
    return hashlib.sha256(secret.encode()).hexdigest()


def revoke_token(*, token_id: UUID, user: User) -> ApiToken:
    """End one of the user's own tokens at once; again changes nothing. Raises ApiToken.DoesNotExist."""
    token = user.api_tokens.get(pk=token_id)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    return token
