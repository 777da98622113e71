"""What the sockets of open pages share: they wait for the login, send frames and heartbeats, and end with the login.

A socket carries frames to its page and takes nothing back. It lives no longer than the login that opened it.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
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
from outreach.live.presence import Seat
from outreach.live.watch import SIGNED_OUT, Refused, Watch

logger = logging.getLogger(__name__)

# Why a socket is closed, like the codes of HTTP; those for a lost login or lead are in watch.py. The protocol has
# codes of its own for these (1008 to 1013), but daphne refuses to send them.
TOO_BIG = 4413
TALKS_TOO_MUCH = 4429
FAILED = 4500
TRY_AGAIN_LATER = 4503

# After a restart all pages come back at once, and each waits for its turn.
OPEN_SECONDS = 30
# Together with a heartbeat less than the promised 30 seconds.
LOOK_SECONDS = 4
# In a thread of their own heartbeats do not wait behind a thousand pages that come back.
heartbeats = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heartbeats")
# What may wait for a page that reads slowly. Of anything more it learns by the version in the heartbeat.
FRAMES_WAITING = 100
# Pages say nothing, so no real one comes near these.
MESSAGES_PER_HEARTBEAT = 50
MESSAGE_MAX = 1_000

Answer = TypeVar("Answer")


class LiveConsumer(AsyncWebsocketConsumer):
    """What both sockets share."""

    # Not on the layer itself: the hub receives for all.
    channel_layer_alias = ""

    speaking: asyncio.Task[None] | None = None
    joined: str = ""
    seat: Seat | None = None
    # What colleagues ask the user reaches each of their pages.
    own_group: str = ""
    heard = 0

    def watches(self, user: User) -> tuple[UUID | None, str]:
        """The lead that is watched, if it is one, and the group that brings its events."""
        raise NotImplementedError

    async def dispatch(self, message: dict) -> None:
        # The inherited one crosses to the database thread for every message, which a flood would keep busy.
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        # Of a handshake that is denied the browser hears no reason, so the reason follows an accepted one.
        # Nor may a handshake wait for the database: servers give it a few seconds only.
        await self.accept()
        try:
            version = await self.subscribe()
        except Refused as refused:
            await self.close(refused.code)
        else:
            await self.send(text_data=encode({"event": "hello", "version": version}))
            self.speaking = asyncio.create_task(self.speak())

    async def subscribe(self) -> int | None:
        """Join the group and return the lead's version as of after that.

        What was committed since the page was rendered shows in this version; the rest comes as frames.
        """
        user = await in_time(get_user(self.scope), OPEN_SECONDS)
        if not user.is_authenticated:
            raise Refused(SIGNED_OUT)
        lead_id, group = self.watches(user)
        self.watch = Watch(user, self.scope["session"].session_key, lead_id)
        look = database_sync_to_async(self.watch.look)
        await in_time(look(), OPEN_SECONDS)
        self.frames = hub.Frames(FRAMES_WAITING)
        self.hub, self.joined = hub.of_this_loop(), group
        await self.hub.join(group, self.frames)
        self.own_group = user_group(user.id)
        await self.hub.join(self.own_group, self.frames)
        return await in_time(database_sync_to_async(self.settle)(), OPEN_SECONDS)

    def settle(self) -> int | None:
        """Look once more, now that frames arrive."""
        return self.watch.look()

    async def speak(self) -> None:
        """Send frames as they come and a heartbeat when one is due, until the login ends."""
        try:
            while True:
                await self.send_frames(until=asyncio.get_running_loop().time() + heartbeat_seconds())
                self.heard = 0
                await self.send(text_data=encode({"event": "heartbeat", "version": await self.look_again()}))
        except Refused as refused:
            await self.close(refused.code)
        except OSError:
            # The browser has gone; the server says so in a moment.
            pass
        except Exception:
            logger.exception("A socket failed")
            await self.close(FAILED)

    async def look_again(self) -> int | None:
        look = database_sync_to_async(self.watch.look, thread_sensitive=False, executor=heartbeats)
        return await in_time(look(), LOOK_SECONDS)

    async def send_frames(self, *, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                while True:
                    await self.send(text_data=await self.frames.get())
        except TimeoutError:
            pass

    async def websocket_receive(self, message: dict) -> None:
        """Ignore what is said; hang up on whoever says too much."""
        self.heard += 1
        if self.speaking is None:
            return
        if len(message.get("text") or message.get("bytes") or "") > MESSAGE_MAX:
            await self.hang_up(TOO_BIG)
        elif self.heard > MESSAGES_PER_HEARTBEAT:
            await self.hang_up(TALKS_TOO_MUCH)

    async def hang_up(self, code: int) -> None:
        self.fall_silent()
        await self.close(code)

    async def disconnect(self, code: int) -> None:
        self.fall_silent()
        if self.joined:
            await self.hub.leave(self.joined, self.frames)
        if self.own_group:
            await self.hub.leave(self.own_group, self.frames)
        if self.seat is not None:
            await quietly(self.seat.leave)

    def fall_silent(self) -> None:
        if self.speaking is not None:
            self.speaking.cancel()
            self.speaking = None


async def in_time(answer: Awaitable[Answer], seconds: float) -> Answer:
    """What the database says of a login. What cannot be checked is not shown, and the page comes back by itself."""
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except (TimeoutError, Error) as error:
        logger.warning("A socket is closed, its login could not be checked: %r", error)
        raise Refused(TRY_AGAIN_LATER) from error


async def quietly(act: Callable[[], None]) -> None:
    """For what silence does as well, only later."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await database_sync_to_async(act)()
    except (TimeoutError, Error) as error:
        logger.warning("A socket could not say that it has gone: %r", error)


def heartbeat_seconds() -> float:
    """A little different each time, lest all pages that reconnected at once ask at once for ever."""
    return getattr(settings, "LIVE_HEARTBEAT_SECONDS", 25) * random.uniform(0.8, 1)
