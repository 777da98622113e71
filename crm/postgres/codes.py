"""Codes of closed sets in a statement: put in at import, so that its text stays the same on every call."""

from __future__ import annotations


def quoted(*codes: str) -> str:
    """ "'a', 'b'"."""
    return ", ".join(f"'{code}'" for code in codes)
