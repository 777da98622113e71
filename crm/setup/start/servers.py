"""Waits for the database and for Redis when they are servers of one's own, which may start a little later."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from crm.setup.start.steps import step

PATIENCE = 30
PAUSE = 0.5
OLDEST_POSTGRES = 15
MIGRATIONS_KEY = "tandem: migrations"


def wait_for_database() -> None:
    """Return once the server of DATABASE_URL answers; raises CommandError with a sentence when it will not."""
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"] or "5432"
    where = f"PostgreSQL at {host or 'this machine'}:{port}"
    wait_for(where, try_database, advice="Is it running, and is DATABASE_URL right?")


def wait_for_redis() -> None:
    """As for the database; does nothing without REDIS_URL."""
    if settings.REDIS_URL:
        try:
            client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
        except ValueError as error:
            # The address itself is left out: it may hold a password.
            raise CommandError("REDIS_URL must look like redis://host:6379/0.") from error
        place = client.connection_pool.connection_kwargs
        where = place.get("path") or f"{place.get('host', 'localhost')}:{place.get('port', 6379)}"
        wait_for(f"Redis at {where}", lambda: try_redis(client), advice="Is it running, and is REDIS_URL right?")


class NotYet(Exception):
    """It may answer in a moment; the text says what it answered now."""


def try_database() -> None:
    params = connection.get_connection_params()
    try:
        with psycopg.connect(**params) as trial:
            version = trial.info.server_version // 10_000
    except psycopg.errors.ConnectionTimeout as error:
        raise NotYet("no answer") from error
    except psycopg.OperationalError as error:
        if is_refusal(str(error)):
            raise CommandError(f"PostgreSQL refuses: {in_a_line(error)}.") from error
        raise NotYet(in_a_line(error)) from error
    if version < OLDEST_POSTGRES:
        raise CommandError(f"Tandem needs PostgreSQL {OLDEST_POSTGRES} or newer; DATABASE_URL leads to {version}.")


def is_refusal(text: str) -> bool:
    """Whether the server answered and said no, other than that it is only starting or has no place free."""
    return "FATAL" in text and not re.search(r"starting up|shutting down|recovery|too many|remaining conn", text)


def try_redis(client: redis.Redis) -> None:
    try:
        client.ping()
    except (redis.AuthenticationError, redis.ResponseError) as error:
        raise CommandError(f"Redis refuses: {in_a_line(error)}.") from error
    except (redis.RedisError, OSError) as error:
        raise NotYet(in_a_line(error)) from error


def wait_for(where: str, attempt: Callable[[], None], *, advice: str) -> None:
    try:
        attempt()
        return
    except NotYet as error:
        reason = str(error)
    with step(f"Waiting for {where}, at most {PATIENCE} s"):
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            time.sleep(PAUSE)
            try:
                attempt()
                return
            except NotYet as error:
                reason = str(error)
        raise CommandError(f"{where} does not answer ({reason}). {advice}")


def in_a_line(error: BaseException) -> str:
    """What a server or a program says, without what stands around it: "password authentication failed for …"."""
    if "No space left" in str(error):
        return "the disk is full"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    telling = next((line for line in lines if "FATAL" in line or "error:" in line), lines[0])
    return re.sub(r"^(?:.*FATAL: +|.* failed: +|Error -?\d+ connecting to \S+ +)", "", telling).rstrip(".")


@contextmanager
def alone_at_the_tables() -> Iterator[None]:
    """Of several that start on one database, one migrates at a time."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as own, own.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        key = (MIGRATIONS_KEY,)
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
        is_ours = cursor.fetchone() == (True,)
        if not is_ours:
            with step("Another command is preparing this database"):
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)
        yield
