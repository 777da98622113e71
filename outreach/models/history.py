"""Triggers that keep history append-only in the database itself, whatever code writes."""

from __future__ import annotations

import pgtrigger


def refuse_truncate() -> pgtrigger.Trigger:
    """A trigger against TRUNCATE, which does not fire the triggers of rows."""
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    )


def append_only(*changeable: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse to delete rows, and to change any fields but these.

    The database sets `user` to NULL when the user is deleted; nothing else may change it. The name stays.
    """
    return [
        pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
        refuse_truncate(),
        pgtrigger.Protect(
            name="append_only",
            operation=pgtrigger.Update,
            condition=pgtrigger.AnyChange(exclude=[*changeable, "user"]),
        ),
        pgtrigger.Protect(
            name="author_stays",
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition("OLD.user_id IS DISTINCT FROM NEW.user_id AND NEW.user_id IS NOT NULL"),
        ),
    ]
