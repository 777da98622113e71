"""The orders of the list, and places in them: where a page ends, as its address says it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OrderBy, Q
from django.db.models.functions import Upper
from django.utils import timezone

from leads.models import Lead, LeadQuerySet

# The value of each key of a Sort at one lead.
Place = Sequence[object]


@dataclass(frozen=True)
class Sort:
    """An order of the list. Its keys end with the id, so that every lead has one place."""

    label: str
    keys: tuple[str, ...]
    descending: bool

    def order(self) -> list[OrderBy]:
        if self.descending:
            return [F(key).desc(nulls_last=True) for key in self.keys]
        return [F(key).asc(nulls_first=True) for key in self.keys]


SORTS = {
    "": Sort("Last contact, newest first", ("last_contacted_at", "id"), descending=True),
    "oldest": Sort("Last contact, oldest first", ("last_contacted_at", "id"), descending=False),
    "count": Sort("Most contacts first", ("contact_count", "id"), descending=True),
    "name": Sort("Name", ("last_upper", "first_upper", "id"), descending=False),
}


def with_keys(leads: LeadQuerySet) -> LeadQuerySet:
    """The leads with every key of a Sort."""
    return leads.annotate(last_upper=Upper("last_name"), first_upper=Upper("first_name"))


def beyond(sort: Sort, place: Place, *, backwards: bool) -> Q:
    """Leads that come after this place in the order; before it, going backwards."""
    smaller = sort.descending != backwards
    condition, equal = Q(), Q()
    for key, value in zip(sort.keys, place, strict=True):
        condition |= equal & past(key, value, smaller=smaller)
        equal &= Q(**{f"{key}__isnull": True}) if value is None else Q(**{key: value})
    return condition


def past(key: str, value: object, *, smaller: bool) -> Q:
    """NULL counts as smaller than everything: never contacted is longest ago."""
    if value is None:
        return Q(pk__in=[]) if smaller else Q(**{f"{key}__isnull": False})
    if smaller and key == "last_contacted_at":
        return Q(**{f"{key}__lt": value}) | Q(**{f"{key}__isnull": True})
    return Q(**{f"{key}__{'lt' if smaller else 'gt'}": value})


def place_of(lead: Lead, sort: Sort) -> Place:
    return [getattr(lead, key) for key in sort.keys]


def write_place(lead: Lead, sort: Sort) -> str:
    """The lead's place in this order, as an address carries it."""
    values = place_of(lead, sort)
    text = json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in values], default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_place(token: str, sort: Sort) -> Place | None:
    """The place in this token; None for a token without a place in this order, which shows the first page."""
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return [READERS[key](value) for key, value in zip(sort.keys, values, strict=True)] if token else None
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def read_moment(value: str | None) -> datetime | None:
    moment = datetime.fromisoformat(value) if value is not None else None
    if moment is not None and timezone.is_naive(moment):
        raise ValueError("A place is written with its zone.")
    return moment


def read_text(value: str) -> str:
    value.encode()
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("Not a name.")
    return value


def read_count(value: int) -> int:
    if not 0 <= value < 2**31:
        raise ValueError("Not a count.")
    return value


# Each reads the value of a key from JSON. Raises ValueError or TypeError for what is none.
READERS: dict[str, Callable[[Any], object]] = {
    "id": UUID,
    "last_contacted_at": read_moment,
    "contact_count": read_count,
    "last_upper": read_text,
    "first_upper": read_text,
}
