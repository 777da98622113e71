"""Sockets in tests: a page's socket with a real login cookie, through the whole application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar
from uuid import UUID

from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from crm.asgi import application
from crm.models import User

Given = ParamSpec("Given")
Returned = TypeVar("Returned")

HOST = "testserver"
ORIGIN = f"http://{HOST}"
LIST = "/ws/leads/"
OWN = "/ws/me/"


def page_of(lead_id: UUID | object) -> str:
    return f"/ws/leads/{getattr(lead_id, 'id', lead_id)}/"


def login(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="crm.login.access.CompanyBackend")
    return client


class WithoutPresence(asyncio.Queue):
    """The way to a browser on which nobody is seen to come and go."""

    async def put(self, message: dict) -> None:
        if '"event":"lead:presence"' not in (message.get("text") or ""):
            await super().put(message)


class Page(WebsocketCommunicator):
    """The socket of one open page."""

    def __init__(
        self,
        path: str,
        cookie: str = "",
        *,
        origin: str | None = ORIGIN,
        host: str = HOST,
        room: int = 0,
        sees_presence: bool = False,
    ) -> None:
        """room: how many messages the way to the browser holds, 0 for any number."""
        headers = [(b"host", host.encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        if cookie:
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
        super().__init__(application, path, headers)
        self._output_queue = asyncio.Queue(room) if sees_presence else WithoutPresence(room)

    async def frame(self, timeout: float = 2) -> dict:
        return await self.receive_json_from(timeout)

    async def event(self, name: str, timeout: float = 2) -> dict:
        """The next frame of this name; heartbeats and such pass by."""
        async with asyncio.timeout(timeout):
            while True:
                frame = await self.frame(timeout)
                if frame["event"] == name:
                    return frame

    async def closed(self, timeout: float = 2) -> int:
        """The code the socket is closed with; frames pass by."""
        async with asyncio.timeout(timeout):
            while True:
                message = await self.receive_output(timeout)
                if message["type"] == "websocket.close":
                    return message["code"]


@asynccontextmanager
async def opened(path: str, client: Client, **options) -> AsyncIterator[Page]:
    """An open page that has had its hello."""
    page = Page(path, client.cookies[settings.SESSION_COOKIE_NAME].value, **options)
    assert (await page.connect())[0]
    page.hello = await page.frame()
    try:
        yield page
    finally:
        await page.disconnect()


async def run(verb: Callable[Given, Returned], *args: Given.args, **kwargs: Given.kwargs) -> Returned:
    """Do something as a view does: in a thread, away from the loop that serves the sockets."""
    return await database_sync_to_async(verb)(*args, **kwargs)
