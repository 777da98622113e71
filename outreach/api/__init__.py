"""Contacts, the guard, the list of leads, the policy and the decisions in the JSON API."""

from ninja import Router

# The history shares the router of logging, the list that of creating: an address has one.
from outreach.api import changes, check, contacts, decisions, history, lead_list, policy  # noqa: F401

router = Router()
for part in (contacts, check, policy, decisions, changes):
    router.add_router("", part.router)

__all__ = ["router"]
