"""Which database: the one DATABASE_URL names, or else the embedded one."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from crm.setup.environment import number

# As Django takes them: values of many kinds.
Settings = dict[str, Any]

EMBEDDED: Settings = {"ENGINE": "crm.embedded", "NAME": "tandem", "USER": "postgres", "HOST": "", "PORT": "5432"}


def database_settings() -> Settings:
    """Django's settings of the default database; raises ImproperlyConfigured for a malformed URL."""
    url = os.environ.get("DATABASE_URL", "")
    database = read_url(url) if url else dict(EMBEDDED)
    database["NAME"] = os.environ.get("DB_NAME") or database["NAME"]
    database["OPTIONS"] = connection_options() | database.get("OPTIONS", {})
    # The pool keeps the connections; Django's own persistent ones pile up under ASGI until none is left.
    database["CONN_MAX_AGE"] = 0
    # Pages read short lists; a cursor on the server costs each of them two more round trips.
    database["DISABLE_SERVER_SIDE_CURSORS"] = True
    return database


def read_url(url: str) -> Settings:
    """Read postgres://user:password@host:port/name?sslmode=require; every part may be percent-encoded."""
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("postgres", "postgresql") or not name:
        # The address itself is left out: it may hold a password.
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name.")
    return {
        "ENGINE": "crm.postgres",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": port(parts),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def port(parts: SplitResult) -> str:
    try:
        return str(parts.port or "")
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}.") from error


def connection_options() -> Settings:
    return {
        "application_name": "tandem",
        "options": f"{session_limits()} {PLANS}",
        "connect_timeout": 3,
        # Allows crm/postgres/prepared.py to have statements kept; the ORM's own are never.
        "prepare_threshold": 5,
        # A connection whose other end vanished is noticed within half a minute, not after hours.
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "pool": {
            "min_size": 1,
            "max_size": number("DB_POOL_SIZE", default=8),
            # Longer than this and the page says "busy" instead.
            "timeout": 3,
            # The pool doubles its pauses between attempts; given up early, they start small again.
            "reconnect_timeout": 3,
        },
    }


# Statements that are prepared (crm/postgres/prepared.py) are planned once for all their parameters; the ORM's carry
# theirs inside and are not concerned. Disks without moving parts read here and there as fast as in order: with the
# figure for the others the planner takes a lead's history for a short one, and sorts a long one to show its top.
PLANS = "-c jit=off -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1"


def session_limits() -> str:
    """A process that hangs must not hold a lead, nor a slow statement a connection. In seconds."""
    limits = {
        "lock_timeout": number("DB_LOCK_TIMEOUT", default=2),
        "statement_timeout": number("DB_STATEMENT_TIMEOUT", default=15),
        "idle_in_transaction_session_timeout": number("DB_IDLE_TIMEOUT", default=10),
    }
    return " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items())
