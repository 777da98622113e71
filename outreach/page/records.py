"""A lead as its page reads it, and what the page calls the person's other records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.urls import reverse

from leads.models import Lead

if TYPE_CHECKING:

    class PageLead(Lead):
        """A lead as `page.lead.get_lead` reads it: each list has a mapping for each row, its values as in JSON."""

        identifier_list: list[dict[str, str]]
        live_counts: list[dict[str, Any]]
        voided_counts: list[dict[str, Any]]
        record_list: list[dict[str, Any]]
        colleague_list: list[dict[str, str]]


def record_names(lead: PageLead) -> dict[UUID, str]:
    """What the person's other records are called on this lead's page."""
    return {UUID(record["id"]): record_name(record) for record in lead.record_list}


def record_name(record: Mapping[str, object]) -> str:
    """ "Dana Miller, Acme Ltd"; a deleted one says so."""
    name = f"{record['first_name']} {record['last_name']}".strip()
    words = ", ".join(part for part in (name, str(record["organization"])) if part)
    return f"{words} (deleted)" if record["deleted"] else words


def other_records(lead: PageLead) -> list[dict[str, object]]:
    """The person's other records, with an address for those that have a page."""
    return [
        {"name": record_name(record), "url": "" if record["deleted"] else reverse("lead", args=[record["id"]])}
        for record in lead.record_list
    ]
