"""How HTTP reaches Django under ASGI: each request in one thread, from the first middleware to the last."""

from __future__ import annotations

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse


class OneThreadHandler(ASGIHandler):
    """Every middleware and view of ours is synchronous. Django's own handler calls the view as if it were not, which
    sends each request through the event loop and back into the thread; that took half as long as a small page."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponse:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def http_application() -> OneThreadHandler:
    django.setup(set_prefix=False)
    return OneThreadHandler()
