"""The one connection between this process and the channel layer.

All sockets of a process share one channel of the layer: an event costs one message for each process and one
write of the same text for each socket. Channels by default gives each consumer a channel of its own.

Gain (November 2026, two busy cores, tests/crm/gains.py): an event reaches the last of 1,000 sockets in half the time
(without it 2.0 times as long, with the in-memory layer). With Redis each socket saves its message there besides.
Plain alternative: consumers of Channels that join the group by their own `channel_name` (`channel_layer.group_add`)
and senders that call `channel_layer.group_send`. What the consumers need of the hub is `join` and `leave`, what
senders need is `publish`; nothing else of this module is imported.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Awaitable, Sequence
from concurrent.futures import Future, wait

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

# "A push delays nothing by more than a second": no call to the layer may take longer.
LAYER_SECONDS = 1
# So many events go out side by side; with Redis each one takes a connection.
SENDERS = 8
RETRY_SECONDS = 1
# Memberships are renewed this often: Redis may have lost them, and forgets them after a day.
RENEW_SECONDS = 60
# After so many sockets other work of the loop gets its turn, such as the answer to the request that announced.
BATCH = 50

Frames = asyncio.Queue[str]


class Hub:
    """Sends for one event loop and, once sockets have joined, receives for all of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.layer = get_channel_layer()
        self.channel = ""
        self.listeners: dict[str, set[Frames]] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.senders = asyncio.Semaphore(SENDERS)
        self.unsent: set[Future[None]] = set()

    # Sending

    def publish(self, messages: list[dict[str, str]]) -> None:
        """Start sending the messages and return at once, from any thread."""
        sent = asyncio.run_coroutine_threadsafe(self.send(messages), self.loop)
        self.unsent.add(sent)
        sent.add_done_callback(self.unsent.discard)

    async def send(self, messages: list[dict[str, str]]) -> None:
        layer = get_channel_layer()
        try:
            async with asyncio.timeout(LAYER_SECONDS), self.senders:
                for message in messages:
                    await layer.group_send(message["group"], message)
        except Exception as error:
            # Pages still learn of the change, by the version in their next heartbeat.
            logger.warning("A live event was not sent: %r", error)

    # Receiving

    async def join(self, group: str, frames: Frames) -> None:
        """Put the frames of this group into this queue. Returns once the layer has answered, or LAYER_SECONDS later."""
        self.listeners.setdefault(group, set()).add(frames)
        if not self.tasks:
            self.channel = await self.layer.new_channel()
            self.tasks = [self.loop.create_task(self.listen()), self.loop.create_task(self.stay_joined())]
        await self.call(self.layer.group_add(group, self.channel))

    async def leave(self, group: str, frames: Frames) -> None:
        remaining = self.listeners[group]
        remaining.discard(frames)
        if remaining:
            return
        del self.listeners[group]
        if not self.listeners:
            self.stop()
        await self.call(self.layer.group_discard(group, self.channel))
        if group in self.listeners:
            # Somebody joined in the meantime, and the two calls may have arrived in the other order.
            await self.call(self.layer.group_add(group, self.channel))

    def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.tasks = []

    async def call(self, request: Awaitable[None]) -> bool:
        """Await one request to the layer; whether it answered in time."""
        try:
            async with asyncio.timeout(LAYER_SECONDS):
                await request
        except Exception as error:
            logger.warning("The channel layer did not answer: %r", error)
            return False
        return True

    async def listen(self) -> None:
        while True:
            try:
                message = await self.layer.receive(self.channel)
            except Exception as error:
                logger.warning("Live events are interrupted: %r", error)
                await asyncio.sleep(RETRY_SECONDS)
                await self.renew()
            else:
                await self.pass_on(message)

    async def pass_on(self, message: dict[str, str]) -> None:
        for number, frames in enumerate(tuple(self.listeners.get(message["group"], ())), start=1):
            if not frames.full():
                frames.put_nowait(message["frame"])
            if number % BATCH == 0:
                await asyncio.sleep(0)

    async def stay_joined(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await self.renew()

    async def renew(self) -> None:
        """Join all groups again, until the layer fails."""
        for group in tuple(self.listeners):
            if not await self.call(self.layer.group_add(group, self.channel)):
                return


# The hub of the loop that serves this process' sockets, and the one for processes that serve none.
serving: Hub | None = None
background: Hub | None = None
starting = threading.Lock()


def of_this_loop() -> Hub:
    """The hub of the running loop, where sockets join."""
    global serving
    loop = asyncio.get_running_loop()
    if serving is None or serving.loop is not loop:
        serving = Hub(loop)
    return serving


def publish(kind: str, groups: Sequence[str], frame: str) -> None:
    """Send a frame to these groups of all processes, without waiting for the layer."""
    messages = [{"type": kind, "group": group, "frame": frame} for group in groups]
    sender = serving if serving and serving.loop.is_running() else of_the_background()
    sender.publish(messages)


def of_the_background() -> Hub:
    """A loop in a thread of its own, for management commands and for workers that only answer requests."""
    global background
    with starting:
        if background is None:
            loop = asyncio.new_event_loop()
            background = Hub(loop)
            threading.Thread(target=loop.run_forever, name="live-events", daemon=True).start()
            atexit.register(finish, background)
        return background


def finish(hub: Hub) -> None:
    """Let a command that ends at once send its last events, within the time that any event has."""
    wait(set(hub.unsent), timeout=2 * LAYER_SECONDS)


def forget() -> None:
    """Start anew in a forked worker, which has neither the threads nor the loops of its parent."""
    global serving, background, starting
    serving = background = None
    starting = threading.Lock()


os.register_at_fork(after_in_child=forget)
