"""How HTTP reaches Django under ASGI: each request in one thread, from the first middleware to the last."""

from __future__ import annotations

import gc

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse

NEW_OBJECTS = 20_000


class OneThreadHandler(ASGIHandler):
    """Every middleware and view of ours is synchronous. Django's own handler calls the view as if it were not, which
    sends each request through the event loop and back into the thread: a tenth of what a small page takes."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponse:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def http_application() -> OneThreadHandler:
    django.setup(set_prefix=False)
    handler = OneThreadHandler()
    spare_the_collector()
    return handler


def spare_the_collector() -> None:
    """What is loaded by now stays: the collector need not look through it again and again, which held up one page in
    twenty for as long as the page itself took. A page's own objects are looked through at every 20,000 new ones."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
