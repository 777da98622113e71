"""The database's clock: one for all processes, whatever the clocks of their machines say."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, models
from django.db.models import Func


class DatabaseClock(Func):
    """The database's time at this very statement, not the transaction's start."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


def database_clock() -> datetime:
    """The database's time now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now
