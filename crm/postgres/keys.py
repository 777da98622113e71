"""Foreign keys over (company, id), which Django does not declare: the database refuses a row of two companies."""

from __future__ import annotations

from django.db import migrations


def company_key(table: str, column: str, target: str, *, on_delete: str = "") -> migrations.RunSQL:
    """A migration operation adding the key from (company_id, column) to the target's (company_id, id).

    on_delete: "CASCADE", or "SET NULL" (of the column alone), or nothing, which refuses the delete.
    """
    name = f"{table}_{column}_of_company"
    action = {"": "", "CASCADE": " ON DELETE CASCADE", "SET NULL": f" ON DELETE SET NULL ({column})"}[on_delete]
    return migrations.RunSQL(
        sql=(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (company_id, {column})"
            f" REFERENCES {target} (company_id, id){action}"
        ),
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
