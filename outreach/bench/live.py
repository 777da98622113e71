"""The time from saving a contact to its event at a colleague's open page."""

from __future__ import annotations

import json
import socket
import threading
import time

from django.conf import settings
from websockets.sync.client import connect
from websockets.typing import Origin

from outreach.bench.browser import Browser
from outreach.bench.load import LeadVersion
from outreach.bench.server import HOST
from outreach.bench.works import post_contact
from outreach.live.events import LiveEvent

PATIENCE = 5


def save_to_visible(author: Browser, viewer: Browser, lead: LeadVersion) -> float:
    """Milliseconds from the first byte of the POST to the frame at the viewer's socket."""
    address = f"ws://{settings.ALLOWED_HOSTS[0]}/ws/leads/{lead.id}/"
    headers = {"Cookie": viewer.cookies, "X-Forwarded-Proto": "https"}
    plain = socket.create_connection((HOST, viewer.port), timeout=PATIENCE)
    with connect(
        address, sock=plain, origin=Origin(settings.ORIGINS[0]), additional_headers=headers, proxy=None
    ) as page:
        # The first frame says that the page is subscribed.
        page.recv(timeout=PATIENCE)
        saving = threading.Thread(target=post_contact, args=(author, lead))
        began = time.perf_counter()
        saving.start()
        while json.loads(page.recv(timeout=PATIENCE))["event"] != LiveEvent.CONTACTED:
            pass
        seen = time.perf_counter()
        saving.join()
        return (seen - began) * 1_000
