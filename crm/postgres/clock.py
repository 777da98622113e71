"""The database's clock: one for all processes, whatever the clocks of their machines say."""

from __future__ import annotations

from django.db import models
from django.db.models import Func


class DatabaseClock(Func):
    """The database's time at this very statement, not the transaction's start."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()
