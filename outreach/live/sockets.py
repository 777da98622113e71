"""What the sockets of open pages share: they wait for the login, send frames and heartbeats, and end with the login.

A socket carries frames to its page and answers its pings; a page sends nothing else. It lives no longer than the login
that opened it.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from channels.auth import get_user
from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error

from crm.models import User
from outreach.live import hub
from outreach.live.events import encode, user_group
from outreach.live.presence import SocketPresence
from outreach.live.watch import SIGNED_OUT, Watch, WatchRefused

logger = logging.getLogger(__name__)

# Why a socket is closed, like the codes of HTTP; those for a lost login or lead are in watch.py. The protocol has
# codes of its own for these (1008 to 1013), but daphne refuses to send them.
TOO_BIG = 4413
TOO_MANY_MESSAGES = 4429
FAILED = 4500
TRY_AGAIN_LATER = 4503

# After a restart all pages reconnect at once, and each waits for its turn.
OPEN_SECONDS = 30
# Together with a heartbeat less than the promised 30 seconds.
CHECK_SECONDS = 4
# In a thread of their own, heartbeats do not wait behind a thousand pages that reconnect.
heartbeats = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heartbeats")
# How many frames may wait for a page that reads slowly. It learns of any further by the version in the heartbeat.
FRAMES_WAITING = 100
# A page in view sends a ping after four silent seconds, and so none of our pages reaches these.
MESSAGES_PER_HEARTBEAT = 50
MESSAGE_MAX = 1_000
PING = "ping"
PONG = encode({"event": "pong"})

Result = TypeVar("Result")


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """What all sockets share."""

    # Not on the layer itself: the hub receives for all.
    channel_layer_alias = ""

    sending: asyncio.Task[None] | None = None
    joined: str = ""
    presence: SocketPresence | None = None
    # Notes of colleagues reach each page of the user.
    own_group: str = ""
    received = 0  # messages since the last heartbeat

    def watched(self, user: User) -> tuple[UUID | None, str]:
        """The id of the lead that is watched, if it is one, and the group that brings its events.

        Without a group it hears what is for the user alone.
        Raises WatchRefused for a user who may not watch it.
        """
        raise NotImplementedError

    async def dispatch(self, message: dict[str, Any]) -> None:
        # The inherited one goes to the database thread for every message, which a flood would keep busy.
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        # The browser gets no reason for a denied handshake, so it is accepted and then closed with one.
        # Nor may a handshake wait for the database: servers give it a few seconds only.
        await self.accept()
        try:
            version = await self.subscribe()
        except WatchRefused as refused:
            await self.close(refused.code)
        else:
            await self.send(text_data=encode({"event": "hello", "version": version}))
            self.sending = asyncio.create_task(self.send_until_logout())

    async def subscribe(self) -> int | None:
        """Join the group and return the lead's version as of after that.

        What was committed since the page was rendered shows in this version; the rest comes as frames.
        """
        user = await in_time(get_user(self.scope), OPEN_SECONDS)
        if not user.is_authenticated:
            raise WatchRefused(SIGNED_OUT)
        lead_id, group = self.watched(user)
        self.watch = Watch(user, self.scope["session"].session_key, lead_id)
        check = database_sync_to_async(self.watch.check)
        await in_time(check(), OPEN_SECONDS)
        self.frames = hub.Frames(FRAMES_WAITING)
        self.hub, self.joined = hub.of_this_loop(), group
        if group:
            await self.hub.join(group, self.frames)
        self.own_group = user_group(user.id)
        await self.hub.join(self.own_group, self.frames)
        return await in_time(database_sync_to_async(self.settle)(), OPEN_SECONDS)

    def settle(self) -> int | None:
        """Check once more, now that frames arrive."""
        return self.watch.check()

    async def send_until_logout(self) -> None:
        """Send frames as they come and a heartbeat when one is due, until the login ends."""
        try:
            while True:
                await self.send_frames(until=asyncio.get_running_loop().time() + heartbeat_seconds())
                self.received = 0
                await self.send(text_data=encode({"event": "heartbeat", "version": await self.check_again()}))
        except WatchRefused as refused:
            await self.close(refused.code)
        except OSError:
            # The browser has gone; the server says so in a moment.
            pass
        except Exception:
            logger.exception("A socket failed")
            await self.close(FAILED)

    async def check_again(self) -> int | None:
        check = database_sync_to_async(self.watch.check, thread_sensitive=False, executor=heartbeats)
        return await in_time(check(), CHECK_SECONDS)

    async def send_frames(self, *, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                while True:
                    await self.send(text_data=await self.frames.get())
        except TimeoutError:
            pass

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Answer a ping and ignore anything else; close the socket of a page that sends too much.

        Answered at once, not behind a heartbeat that waits for the database: it asks only whether the line lives.
        """
        self.received += 1
        if self.sending is None:
            return
        if len(message.get("text") or message.get("bytes") or "") > MESSAGE_MAX:
            await self.end(TOO_BIG)
        elif self.received > MESSAGES_PER_HEARTBEAT:
            await self.end(TOO_MANY_MESSAGES)
        elif message.get("text") == PING:
            await self.send(text_data=PONG)

    async def end(self, code: int) -> None:
        self.stop_sending()
        await self.close(code)

    async def disconnect(self, code: int) -> None:
        self.stop_sending()
        if self.joined:
            await self.hub.leave(self.joined, self.frames)
        if self.own_group:
            await self.hub.leave(self.own_group, self.frames)
        if self.presence is not None:
            await quietly(self.presence.leave)

    def stop_sending(self) -> None:
        if self.sending is not None:
            self.sending.cancel()
            self.sending = None


async def in_time(answer: Awaitable[Result], seconds: float) -> Result:
    """Await an answer of the database. Raises WatchRefused without one in time: the page reconnects by itself."""
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except (TimeoutError, Error) as error:
        logger.warning("A socket is closed, its login could not be checked: %r", error)
        raise WatchRefused(TRY_AGAIN_LATER) from error


async def quietly(act: Callable[[], None]) -> None:
    """Run an act whose failure does no harm: what it ends would also end by itself, only later."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await database_sync_to_async(act)()
    except (TimeoutError, Error) as error:
        logger.warning("The presence of a closed socket could not be ended: %r", error)


def heartbeat_seconds() -> float:
    """A little different each time, so that pages that reconnected together do not send their heartbeats together."""
    return getattr(settings, "LIVE_HEARTBEAT_SECONDS", 25) * random.uniform(0.8, 1)
