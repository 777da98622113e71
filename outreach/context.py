"""What the bar says of this app, read only where a page draws it: a fragment has no bar."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from crm.models import User
from outreach.models import GuardDecision
from outreach.notes import count_unread

# Beyond it nobody counts: the page says "99+", and a backlog costs no more than this to look at.
MOST_COUNTED = 99
MOST_READ = 8 * (MOST_COUNTED + 1)  # a contact may break every rule


def review(request: HttpRequest) -> dict[str, object]:
    user = getattr(request, "user", None)
    return {"review_due": SimpleLazyObject(lambda: count_due(user))}


def count_due(user: User | None) -> str:
    """How many contacts a manager has yet to review, as the bar says it; nothing for anybody else."""
    if user is None or not user.is_authenticated or not user.is_manager:
        return ""
    newest = GuardDecision.objects.visible_to(user).due().order_by("-created_at").values("attempt_id")
    count = newest[:MOST_READ].aggregate(count=Count("attempt_id", distinct=True))["count"]
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def waiting(request: HttpRequest) -> dict[str, object]:
    """How many notes of colleagues the user has not read."""
    user = getattr(request, "user", None)
    return {"unread_notes": SimpleLazyObject(lambda: count_unread(user) if user and user.is_authenticated else 0)}
