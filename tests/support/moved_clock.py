"""A database clock that stands still until a test moves it, for all the product's statements and triggers.

Names are looked up along the search path, so a schema of the test's own, put before the system's, answers for
`clock_timestamp()` and `now()`. Made and undone with the test's transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

STANDS = """
CREATE SCHEMA moved;
CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz STABLE LANGUAGE sql
    AS $$ SELECT current_setting('moved.now')::timestamptz $$;
CREATE FUNCTION moved.now() RETURNS timestamptz STABLE LANGUAGE sql
    AS $$ SELECT current_setting('moved.now')::timestamptz $$;
SET LOCAL search_path = moved, pg_catalog, public;
-- Defaults are bound to the functions they were made with.
ALTER TABLE leads_leadidentifier ALTER COLUMN since SET DEFAULT moved.clock_timestamp();
ALTER TABLE leads_formeridentifier ALTER COLUMN until SET DEFAULT moved.clock_timestamp();
"""


class MovedClock:
    """The time `now` for everything in this transaction."""

    def __init__(self, start: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('moved.now', %s, true)", [start.isoformat()])
            cursor.execute(STANDS)
        self.set(start)

    def set(self, now: datetime) -> None:
        self.now = now
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('moved.now', %s, true)", [now.isoformat()])

    def move(self, length: timedelta) -> None:
        self.set(self.now + length)
