"""What the planner knows of a table: PostgreSQL looks by itself, but not before a big import has been asked about."""

from __future__ import annotations

from django.db import connection, models

# From so many new rows on, what the planner knew of a small table leads it astray.
MANY = 500


def analyze(*tables: type[models.Model]) -> None:
    """Have the server look at these tables now. Allowed inside a transaction, whose own rows it counts too."""
    with connection.cursor() as cursor:
        names = ", ".join(connection.ops.quote_name(table._meta.db_table) for table in tables)
        cursor.execute(f"ANALYZE {names}")
