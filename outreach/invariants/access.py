"""Who may come in."""

from __future__ import annotations

from crm.invariants import invariant


@invariant(10, "No password is stored in clear.")
def passwords() -> str:
    # None, or one nobody can use ("!"); all others begin with the name of their hash.
    return r"SELECT company_id, id FROM crm_user WHERE password !~ '^($|!|[a-z0-9_]+\$.+\$)'"


@invariant(10, "No inactive user holds a token that opens the API, and no token opens another company.")
def tokens() -> str:
    return """
        SELECT token.company_id, token.id
        FROM crm_apitoken AS token JOIN crm_user AS member ON member.id = token.user_id
        WHERE token.revoked_at IS NULL AND token.expires_at > clock_timestamp()
          AND (NOT member.is_active OR member.company_id IS DISTINCT FROM token.company_id)
    """
