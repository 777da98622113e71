"""The engine itself; Django looks for it in a module of this name."""

from __future__ import annotations

from django.db.backends.postgresql import base

from crm.embedded.server import ensure
from crm.postgres.client import DatabaseClient


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_connection_params(self) -> dict:
        return super().get_connection_params() | {"host": str(ensure())}
