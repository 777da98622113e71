"""What keeps history append-only in the database itself, past every verb."""

from __future__ import annotations

import pgtrigger


def refuse_truncate() -> pgtrigger.Trigger:
    """Emptying a table skips its row triggers, so history needs one for the whole statement."""
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    )


def keep(*changeable: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse to delete rows or to change anything but these fields.

    A deleted user becomes NULL (the name stays), which is the database's own doing and the only change of `user`.
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
