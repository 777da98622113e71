"""The triggers that keep history: pgtrigger's operations, with what they have in common written once.

`pgid` (its last five characters) and `hash` are those that pgtrigger gives the same triggers of the models:
`makemigrations` compares them.
"""

from __future__ import annotations

from pgtrigger.compiler import Trigger, UpsertTriggerSql
from pgtrigger.migrations import AddTrigger

# A deleted user becomes NULL, which is the database's own doing and the only change of the author.
NEW_AUTHOR = "WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id AND NEW.user_id IS NOT NULL)"


def changed(columns: list[str]) -> str:
    """The condition that one of these columns gets another value."""
    return "WHEN (" + " OR ".join(f'OLD."{column}" IS DISTINCT FROM (NEW."{column}")' for column in columns) + ")"


def refuse(model: str, name: str, operation: str, *, when: str = "", pgid: str, hash: str) -> AddTrigger:
    """A trigger that raises an exception before this operation: "DELETE", "TRUNCATE", "UPDATE" …"""
    func = f"RAISE EXCEPTION 'pgtrigger: Cannot {operation.lower()} rows from % table', TG_TABLE_NAME;"
    parts = {"condition": when} if when else {}
    if operation == "TRUNCATE":
        parts["level"] = "STATEMENT"
    return add(model, name, func=func, operation=operation, when="BEFORE", pgid=pgid, hash=hash, **parts)


def note(model: str, label: str, columns: list[str], *, pgid: str, hash: str) -> AddTrigger:
    """A trigger that writes the row as it was "before" or is "after" an update into the model's event table."""
    row = {"before": "OLD", "after": "NEW"}[label]
    values = {column: f'{row}."{column}"' for column in columns}
    values |= {"pgh_created_at": "NOW()", "pgh_label": f"'{label}'", "pgh_obj_id": f'{row}."id"'}
    names = ", ".join(f'"{name}"' for name in sorted(values))
    func = (
        f'INSERT INTO "outreach_{model.lower()}event" ({names})'
        f" VALUES ({', '.join(values[name] for name in sorted(values))}); RETURN NULL;"
    )
    return add(
        model, f"{label}_update", func=func, operation="UPDATE", when="AFTER", condition=changed(columns),
        pgid=pgid, hash=hash,
    )  # fmt: skip


def add(model: str, name: str, *, pgid: str, **parts: str) -> AddTrigger:
    sql = UpsertTriggerSql(table=f"outreach_{model.lower()}", pgid=f"pgtrigger_{name}_{pgid}", **parts)
    return AddTrigger(model_name=model.lower(), trigger=Trigger(name=name, sql=sql))
