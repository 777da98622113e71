"""The limits of a policy in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from crm.text import counted
from leads.methods import ContactMethod

SIMILARITY_DAYS = settings.SIMILARITY_DAYS


class HasLimits(Protocol):
    """The limits of a method, on a row or in memory."""

    @property
    def cooldown_hours(self) -> int: ...
    @property
    def cooldown_count(self) -> int: ...
    @property
    def warning_days(self) -> int: ...


class HasCompanyLimits(Protocol):
    """The limits of a company for every method, on a row or in memory."""

    @property
    def organization_days(self) -> int: ...
    @property
    def organization_warns(self) -> bool: ...
    @property
    def similarity_percent(self) -> int: ...
    @property
    def claim_minutes(self) -> int: ...


@dataclass(frozen=True)
class PolicyChange:
    """One limit that is another now: "Email: 1 per 12 h, was 1 per 24 h"."""

    part: str  # the method's code, or "organization", "similar", "claim"
    subject: str
    now: str
    was: str

    @property
    def words(self) -> str:
        return f"{self.subject}: {self.now}, was {self.was}"

    def __str__(self) -> str:
        return self.words


def hard_limit(limits: HasLimits) -> str:
    """ "1 per 24 h"."""
    return f"{limits.cooldown_count} per {hours(limits)}" if limits.cooldown_hours else "no limit"


def hours(limits: HasLimits) -> str:
    """ "24 h", "hour"."""
    return "hour" if limits.cooldown_hours == 1 else f"{limits.cooldown_hours:,} h"


def warning(limits: HasLimits) -> str:
    return days(limits.warning_days)


def days(number: int) -> str:
    return counted(number, "day") if number else "never"


def organization(policy: HasCompanyLimits) -> str:
    """ "a note within 14 days"."""
    if not policy.organization_days:
        return "never"
    return f"{'a reason' if policy.organization_warns else 'a note'} within {days(policy.organization_days)}"


def similar(policy: HasCompanyLimits) -> str:
    return f"{policy.similarity_percent} %"


def claim(policy: HasCompanyLimits) -> str:
    return counted(policy.claim_minutes, "minute")


def method_words(method: ContactMethod, limits: HasLimits, was: HasLimits) -> str:
    """What a method's limits mean: "1 email per 12 h, was 1 per 24 h; warns within 7 days."."""
    words = method.words
    if limits.cooldown_hours:
        noun = words.noun if limits.cooldown_count == 1 else words.plural
        limit = f"{limits.cooldown_count} {noun} per {hours(limits)}"
    else:
        limit = f"{words.plural[0].upper()}{words.plural[1:]} without limit"
    asks = f"asks for a reason within {warning(limits)}" if limits.warning_days else "never asks for a reason"
    return f"{with_was(limit, hard_limit(limits), hard_limit(was))}; {with_was(asks, warning(limits), warning(was))}."


def organization_words(policy: HasCompanyLimits, was: HasCompanyLimits) -> str:
    if policy.organization_days:
        limit = f"After a colleague's contact with somebody else at the same organization: {organization(policy)}"
    else:
        limit = "Contacts of colleagues at the same organization are not mentioned"
    return with_was(limit, organization(policy), organization(was)) + "."


def similar_words(policy: HasCompanyLimits, was: HasCompanyLimits) -> str:
    limit = f"A message {similar(policy)} like a colleague's of the last {SIMILARITY_DAYS} days needs a reason"
    return with_was(limit, similar(policy), similar(was)) + "."


def claim_words(policy: HasCompanyLimits, was: HasCompanyLimits) -> str:
    limit = f"Whoever has the dialog open is shown as writing for {claim(policy)}, renewed while it stays open"
    return with_was(limit, claim(policy), claim(was)) + "."


def with_was(words: str, now: str, was: str) -> str:
    return f"{words}, was {was}" if now != was else words
