"""Who calls: a tool with a personal token, or one of the app's own pages with its session."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from crm.api.problems import Problem
from crm.login.tokens import PREFIX, digest
from crm.models import Company, Scope, User
from crm.postgres.prepared import Prepared

SAFE = {"GET", "HEAD", "OPTIONS"}

USER_FIELDS, COMPANY_FIELDS = User._meta.concrete_fields, Company._meta.concrete_fields
COLUMNS = ", ".join(
    [f"member.{field.column}" for field in USER_FIELDS] + [f"company.{field.column}" for field in COMPANY_FIELDS]
)

# Token, user, company and the count of this minute's calls in one statement. It writes to an unlogged table, so it
# ends without waiting for the disk; the token's own row is written by the first call of a minute only.
ENTER = Prepared(f"""
WITH valid AS MATERIALIZED (
    SELECT token.id, token.user_id, token.scope, clock_timestamp() AS now
    FROM crm_apitoken AS token
    JOIN crm_user AS member ON member.id = token.user_id AND member.company_id = token.company_id AND member.is_active
    WHERE token.digest = %(digest)s::text AND token.revoked_at IS NULL AND token.expires_at > clock_timestamp()
), counted AS (
    INSERT INTO crm_apiuse AS used (token_id, minute, calls)
    SELECT id, date_trunc('minute', now), 1 FROM valid
    ON CONFLICT (token_id) DO UPDATE
    SET calls = CASE WHEN used.minute >= EXCLUDED.minute THEN used.calls + 1 ELSE 1 END,
        minute = GREATEST(used.minute, EXCLUDED.minute)
    RETURNING token_id, calls, minute
), noted AS (
    UPDATE crm_apitoken SET last_used_at = valid.now
    FROM valid JOIN counted ON counted.token_id = valid.id
    WHERE crm_apitoken.id = valid.id AND counted.calls = 1
)
SELECT valid.id, valid.scope, counted.calls,
       ceil(extract(epoch FROM counted.minute + interval '1 minute' - valid.now))::int, {COLUMNS}
FROM valid
JOIN counted ON counted.token_id = valid.id
JOIN crm_user AS member ON member.id = valid.user_id
JOIN crm_company AS company ON company.id = member.company_id
""")


@dataclass(frozen=True)
class Use:
    """A token, how many calls it has made in the current minute, and in how many seconds that ends."""

    token_id: UUID
    scope: str
    calls: int
    seconds_left: int

    @property
    def remaining(self) -> int:
        return max(settings.API_CALLS_PER_MINUTE - self.calls, 0)

    @property
    def exceeded(self) -> bool:
        return self.calls > settings.API_CALLS_PER_MINUTE

    def headers(self) -> dict[str, str]:
        """The RateLimit fields of the IETF's draft (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"minute";q={settings.API_CALLS_PER_MINUTE};w=60',
            "RateLimit": f'"minute";r={self.remaining};t={max(self.seconds_left, 0)}',
        }


class PersonalToken(HttpBearer):
    """A personal token: `Authorization: Bearer tandem_…`."""

    openapi_description = "A personal token, from the profile page or `manage.py api_token`."

    def __init__(self, *, reads: bool = False) -> None:
        """reads: the operation only reads, whatever its HTTP method."""
        super().__init__()
        self.reads = reads

    def __call__(self, request: HttpRequest) -> User | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        kind, _, secret = header.partition(" ")
        user = self.authenticate(request, secret.strip()) if kind.lower() == "bearer" else None
        if user is None:
            # With a wrong token the cookie is not tried.
            raise Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
        return user

    def authenticate(self, request: HttpRequest, secret: str) -> User | None:
        user_and_use = enter(secret)
        if user_and_use is None:
            return None
        user, use = user_and_use
        vars(request)["api_use"] = use
        if use.exceeded:
            wait = max(use.seconds_left, 1)
            raise Problem("rate_limited", headers={"Retry-After": str(wait)})
        if not self.reads and request.method not in SAFE:
            require_write(request)
        return user


def enter(secret: str) -> tuple[User, Use] | None:
    """The user a token stands for and its use, this call counted; None for a token that is not valid."""
    if not secret.startswith(PREFIX):
        return None
    rows = ENTER.rows({"digest": digest(secret)})
    if not rows:
        return None
    token_id, scope, calls, seconds_left, *values = rows[0]
    user = User.from_db("default", [field.attname for field in USER_FIELDS], values[: len(USER_FIELDS)])
    user.company = Company.from_db("default", [field.attname for field in COMPANY_FIELDS], values[len(USER_FIELDS) :])
    return user, Use(token_id, scope, calls, seconds_left)


def use_of(request: HttpRequest) -> Use | None:
    """The token of this call and its use; None for a call with a session."""
    return getattr(request, "api_use", None)


def require_write(request: HttpRequest) -> None:
    """Raise Problem unless whoever calls may write: a session always, a token by its scope."""
    use = use_of(request)
    if use is not None and use.scope != Scope.WRITE:
        raise Problem("read_only_token")


class Session(APIKeyCookie):
    """The session cookie of somebody signed in; each write then carries the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME
    openapi_description = "The session of somebody signed in. Each write then carries the X-CSRFToken header."

    def __call__(self, request: HttpRequest) -> User | None:
        user = request.user
        if not user.is_authenticated:
            return None
        if user.company_id is None:
            raise Problem("no_company")
        if check_csrf(request):
            raise Problem("csrf_failed")
        return user

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """Never called: the session middleware has read the cookie already, and `__call__` uses its result."""


SIGNED_IN = [PersonalToken(), Session()]
# For operations that only read although they are sent by POST.
READING = [PersonalToken(reads=True), Session()]
