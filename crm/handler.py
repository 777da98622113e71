"""How HTTP reaches Django under ASGI: each request in one thread, from the first middleware to the last.

**One thread** (`OneThreadHandler`). All middlewares and views here are synchronous. Django's own handler sends each
request from the event loop into a thread for the middlewares and once more for the view.
Gain (November 2026, two busy cores, tests/crm/gains.py; processor time of Python): with Django's handler /healthz takes
1.11 times as long (7.7 ms instead of 7.0), a small page 1.04 to 1.1 times.
Plain alternative: `http = get_asgi_application()` in crm/asgi.py, and nothing else.

**The collector** (`spare_the_collector`). Python's garbage collector goes through everything that is loaded, again and
again, although none of it is garbage.
Gain (November 2026, two busy cores, tests/crm/gains.py; processor time of Python and PostgreSQL together): without it
360 lead pages took 48.9 ms in the mean instead of 46.7, and the slowest 729 ms instead of 72.
Plain alternative: take its two calls out, here and in crm/wsgi.py.
"""

from __future__ import annotations

import gc

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

NEW_OBJECTS = 20_000


class OneThreadHandler(ASGIHandler):
    """Runs the synchronous chain of middlewares and the view in one call of one thread."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def http_application() -> OneThreadHandler:
    django.setup(set_prefix=False)
    handler = OneThreadHandler()
    spare_the_collector()
    return handler


def spare_the_collector() -> None:
    """Exempt what is loaded by now from collection, and collect what pages make at every 20,000 new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
