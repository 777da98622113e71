"""HTTP and sockets. A socket passes the origin check first; its consumer then asks for the login."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from crm.handler import http_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
# Before anything that imports models.
http = http_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402
from django.conf import settings  # noqa: E402
from django.http.request import split_domain_port, validate_host  # noqa: E402
from django.urls import re_path  # noqa: E402

from outreach.live.routing import websocket_urlpatterns  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def only_from_our_pages(application: Application) -> Application:
    """Any site may open a socket here with our cookie, so its Origin must be ours: scheme, host and port."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        if is_ours(dict(scope["headers"])):
            await application(scope, receive, send)
        else:
            await refuse(scope, receive, send)

    return checked


def is_ours(headers: dict[bytes, bytes]) -> bool:
    try:
        origin = urlsplit(headers[b"origin"].decode("ascii"))
        return bool(OriginValidator(None, allowed_origins(headers)).valid_origin(origin))
    except (KeyError, ValueError):
        # None at all, or something that is no origin, such as a port of 99999.
        return False


def allowed_origins(headers: dict[bytes, bytes]) -> list[str]:
    if settings.PRODUCTION:
        return settings.ORIGINS
    else:
        return [*settings.ORIGINS, *own_origin(headers)]


def own_origin(headers: dict[bytes, bytes]) -> list[str]:
    """In development, at whatever port: the page must come from the very address that the socket goes to."""
    host = headers.get(b"host", b"").decode("latin1")
    known = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
    return [f"http://{host}"] if known else []


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Deny the handshake: of a foreign page, or to an address that is none."""
    await send({"type": "websocket.close"})


# Channels routes ASGI applications by Django's patterns, which are typed for views.
NOWHERE = re_path("", refuse)  # type: ignore[arg-type]

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": only_from_our_pages(
            # The consumer itself finds the user of the session, once it has answered the handshake.
            SessionMiddlewareStack(URLRouter([*websocket_urlpatterns, NOWHERE]))
        ),
    }
)
