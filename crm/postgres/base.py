"""The database engine; Django looks for it in a module of this name.

**The pool check.** A connection of the pool may have lost its server. Django's own remedy, CONN_HEALTH_CHECKS, sends a
statement each time one is taken. Here a connection used within the last second is only listened to: a server that ends
closes its connections, and of that our own machine knows without asking.

Gain (November 2026, two busy cores, tests/crm/gains.py; processor time of Python and PostgreSQL together): with
Django's check, taking a connection for one statement costs 0.66 ms instead of 0.43, and a short API call 6 % more.
Plain alternative: CONN_HEALTH_CHECKS = True in the settings of the database (crm/setup/database.py). `DatabaseWrapper`
then leaves the check to Django.
"""

from __future__ import annotations

from select import POLLIN, poll
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

# A connection used so lately is asked only when it has sent something.
SECONDS_TRUSTED = 1


class DatabaseWrapper(base.DatabaseWrapper):
    """Tries a pooled connection before it is used, so that a restart of the server costs no request."""

    trusted: WeakKeyDictionary[psycopg.Connection, float] = WeakKeyDictionary()

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        while True:
            connection: psycopg.Connection = super().get_new_connection(conn_params)
            if self.pool is None or self.settings_dict["CONN_HEALTH_CHECKS"] or self.still_answers(connection):
                return connection
            # The pool replaces a connection that comes back closed; it raises PoolTimeout when it cannot.
            connection.close()
            self.pool.putconn(connection)

    def still_answers(self, connection: psycopg.Connection) -> bool:
        now = monotonic()
        is_trusted = now - self.trusted.get(connection, -SECONDS_TRUSTED) < SECONDS_TRUSTED
        self.trusted[connection] = now
        try:
            if not (is_trusted and is_silent(connection)):
                ConnectionPool.check_connection(connection)
        except psycopg.Error:
            return False
        return True


def is_silent(connection: psycopg.Connection) -> bool:
    """Whether the server has sent nothing unasked: no notice, and not the end of the connection."""
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    return not waiting.poll(0)
