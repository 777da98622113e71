"""Who works for which company, and by which tokens their tools come in."""

from crm.models.people import (
    AVATAR_TINTS,
    USER_NAME,
    Company,
    Role,
    Theme,
    User,
    UserManager,
    initials,
    normalise_login,
    short_name,
    tint,
    validate_phone_region,
    validate_time_zone,
)
from crm.models.tokens import ApiToken, ApiUse, IdempotentCall, Scope

__all__ = [
    "AVATAR_TINTS",
    "USER_NAME",
    "ApiToken",
    "ApiUse",
    "Company",
    "IdempotentCall",
    "Role",
    "Scope",
    "Theme",
    "User",
    "UserManager",
    "initials",
    "normalise_login",
    "short_name",
    "tint",
    "validate_phone_region",
    "validate_time_zone",
]
