"""The change feed in tests, where other test databases of the same server are written at the same time."""

from __future__ import annotations

import time

from django.db.models import Max

from outreach.models import Change
from outreach.webhooks.changes import latest_place

SETTLE_SECONDS = 10


def settled() -> None:
    """Return once all that is committed can be read.

    A transaction of another database that ends just while the feed is read holds it up until it is read again.
    """
    last = Change.objects.aggregate(last=Max("xid"))["last"] or 0
    deadline = time.monotonic() + SETTLE_SECONDS
    while latest_place().xid < last:
        assert time.monotonic() < deadline, "Something holds the feed up that is not being written in this database."
        time.sleep(0.01)
