"""`manage.py dbshell` with the psql that came with the server."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.backends.postgresql import client

from crm.embedded.place import installed_package
from crm.embedded.server import ensure


class DatabaseClient(client.DatabaseClient):
    executable_name = str(installed_package() / "pginstall" / "bin" / "psql")

    def runshell(self, parameters: Iterable[str]) -> None:
        self.connection.settings_dict["HOST"] = str(ensure())
        super().runshell(parameters)
