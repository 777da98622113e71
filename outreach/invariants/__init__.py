"""The invariants of leads and their history, by what they are about."""

from outreach.invariants import access, guard, record, summary, tenancy

__all__ = ["access", "guard", "record", "summary", "tenancy"]
