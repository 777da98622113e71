"""Counts which rules a page showed to a rep, so that a rule that is shown often and never heeded is seen."""

from __future__ import annotations

import logging
from typing import Any
from zoneinfo import ZoneInfo

from django.db import Error, connection
from django.utils import timezone

from crm.models import User
from crm.models.ids import new_id
from crm.models.tenancy import company_of
from leads.models import Lead
from outreach.guard import Verdict

logger = logging.getLogger(__name__)

INSERT = """
INSERT INTO outreach_ruleshown (id, company_id, lead_id, user_id, rule, day)
SELECT id, %(company)s, %(lead)s, %(user)s, rule, %(day)s
FROM unnest(%(ids)s::uuid[], %(rules)s::text[]) AS held(id, rule)
ON CONFLICT DO NOTHING
"""


def note_shown(lead: Lead, user: User, verdict: Verdict) -> None:
    """The page shows this rep these reasons at this lead: once per rule and day of the company, in one statement.

    Called outside of a transaction. A count that cannot be kept is no reason to keep a page from anybody.
    """
    rules = sorted({str(reason.rule) for reason in verdict.held})
    if not rules:
        return
    params: dict[str, Any] = {
        "company": lead.company_id,
        "lead": lead.id,
        "user": user.id,
        "day": timezone.localdate(verdict.now, ZoneInfo(company_of(user).time_zone)),
        "ids": [new_id() for _ in rules],
        "rules": rules,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, params)
    except Error as error:
        logger.warning("What the guard showed was not counted: %r", error)
