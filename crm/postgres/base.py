"""The engine itself; Django looks for it in a module of this name."""

from __future__ import annotations

from select import POLLIN, poll
from time import monotonic
from weakref import WeakKeyDictionary

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

# One that was in use so lately is asked only when it has something to say.
SECONDS_TRUSTED = 1


class DatabaseWrapper(base.DatabaseWrapper):
    """Tries a pooled connection before it is used, so that a restart of the server costs no request.

    The pool's own check asks the server each time, which takes a short request a tenth of its time. A server that
    ends closes its connections, and of that our own machine knows already.
    """

    trusted: WeakKeyDictionary[psycopg.Connection, float] = WeakKeyDictionary()

    def get_new_connection(self, conn_params: dict) -> psycopg.Connection:
        while True:
            connection = super().get_new_connection(conn_params)
            if self.pool is None or self.answers(connection):
                return connection
            # The pool puts a new one in the place of one that comes back closed; it says when it cannot.
            connection.close()
            self.pool.putconn(connection)

    def answers(self, connection: psycopg.Connection) -> bool:
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
    """Nothing has come from the server that was not asked for: no notice, and not the end."""
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    return not waiting.poll(0)
