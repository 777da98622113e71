"""The counts in the navigation bar, read only where a template shows them: fragments have no bar."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from crm.models import User
from outreach.models import DecisionKind, Rule

# Above it the page says "99+", so that a long backlog costs no more to count.
MOST_COUNTED = 99
MOST_READ = len(Rule) * (MOST_COUNTED + 1)  # a contact may break every rule, with a decision for each

WAITING = f"""
SELECT (SELECT count(*) FROM (
            SELECT FROM outreach_colleaguenote
            WHERE recipient_id = %(user)s AND company_id = %(company)s AND read_at IS NULL LIMIT %(most)s
        ) AS unread),
       (SELECT count(DISTINCT attempt_id) FROM (
            SELECT attempt_id FROM outreach_guarddecision
            WHERE %(manager)s AND company_id = %(company)s AND review = '' AND NOT kind = '{DecisionKind.REFUSED}'
            ORDER BY created_at DESC LIMIT %(read)s
        ) AS due)
"""


class WaitingCounts(NamedTuple):
    unread_notes: int
    review_due: int


def waiting(request: HttpRequest) -> dict[str, object]:
    """How many notes the user has not read, and how many contacts a manager has yet to review; one query for both."""
    user = getattr(request, "user", None)

    @cache
    def counts() -> WaitingCounts:
        return count_waiting(user) if user is not None and user.is_authenticated else WaitingCounts(0, 0)

    return {
        "unread_notes": SimpleLazyObject(lambda: counts().unread_notes),
        "review_due": SimpleLazyObject(lambda: due_words(counts().review_due)),
    }


def count_waiting(user: User) -> WaitingCounts:
    params = {"user": user.id, "company": user.company_id, "manager": user.is_manager}
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {**params, "most": MOST_COUNTED + 1, "read": MOST_READ})
        return WaitingCounts._make(cursor.fetchone())


def due_words(count: int) -> str:
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")
