"""How a database shows that it is away, full or locked for too long, and when to try again."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

BUSY = (OperationalError, InterfaceError, PoolTimeout)
RETRY_AFTER_SECONDS = "2"
