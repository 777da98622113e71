"""Rebuilds summaries a few leads at a time, so that nobody who is logging waits for long."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from django.db import OperationalError
from django.db.models import QuerySet

from leads.models import Lead
from outreach.contacts.summary import rebuild_summaries

TRIES = 5
PAUSE_SECONDS = 0.5


def rebuild_in_batches(lead_ids: Iterable[UUID], *, size: int) -> Iterator[tuple[int, list[UUID]]]:
    """Rebuild batch by batch, a transaction each.

    Yields for each batch the number of leads checked and the ids of those that had drifted.
    """
    ids = iter(lead_ids)
    while batch := list(islice(ids, size)):
        yield len(batch), rebuild_patiently(batch)


def rebuild_patiently(lead_ids: list[UUID]) -> list[UUID]:
    """A batch with a lead that is locked for longer than the lock timeout is tried again a little later."""
    for tries_left in reversed(range(TRIES)):
        try:
            return rebuild_summaries(lead_ids)
        except OperationalError:
            if not tries_left:
                raise
            time.sleep(PAUSE_SECONDS)
    return []


def every_lead(leads: QuerySet[Lead], *, size: int) -> Iterator[UUID]:
    """The ids of these leads in order, read page by page: there may be millions."""
    last, page = None, leads.order_by("id").values_list("id", flat=True)
    while ids := list((page.filter(id__gt=last) if last else page)[:size]):
        yield from ids
        last = ids[-1]
