"""Who may come in."""

from __future__ import annotations

from crm.invariants import invariant


@invariant(10, "No password is stored in clear.")
def passwords() -> str:
    # None, or one nobody can use ("!"); all others begin with the name of their hash.
    return r"SELECT company_id, id FROM crm_user WHERE password !~ '^($|!|[a-z0-9_]+\$.+\$)'"
