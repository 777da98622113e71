"""Leads in the JSON API: look one up, read, create and change it. The list lives in outreach, with its filters."""

from leads.api.routes import router

__all__ = ["router"]
