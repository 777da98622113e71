"""The engine on the embedded server, which it starts when first asked for a connection."""

from __future__ import annotations

from typing import Any

from crm.embedded.client import DatabaseClient
from crm.embedded.server import ensure
from crm.postgres import base


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        return super().get_connection_params() | {"host": str(ensure())}
