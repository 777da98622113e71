"""From saving a contact to its frame at a colleague's open page."""

from __future__ import annotations

import json
import socket
import threading
import time

from django.conf import settings
from websockets.sync.client import connect

from outreach.bench.browser import Browser
from outreach.bench.server import HOST
from outreach.bench.works import Place, post_contact
from outreach.live.events import LiveEvent

PATIENCE = 5


def save_to_visible(author: Browser, viewer: Browser, place: Place) -> float:
    """Milliseconds from the first byte of the POST to the frame at the viewer's socket."""
    address = f"ws://{settings.ALLOWED_HOSTS[0]}/ws/leads/{place[0]}/"
    headers = {"Cookie": viewer.cookies, "X-Forwarded-Proto": "https"}
    plain = socket.create_connection((HOST, viewer.port), timeout=PATIENCE)
    with connect(address, sock=plain, origin=settings.ORIGINS[0], additional_headers=headers, proxy=None) as page:
        # The greeting says that the page is subscribed.
        page.recv(timeout=PATIENCE)
        saving = threading.Thread(target=post_contact, args=(author, place))
        began = time.perf_counter()
        saving.start()
        while json.loads(page.recv(timeout=PATIENCE))["event"] != LiveEvent.CONTACTED:
            pass
        seen = time.perf_counter()
        saving.join()
        return (seen - began) * 1_000
