"""The Undo of an act: where the button posts to, what it sends, and what comes back."""

from __future__ import annotations

import html
import re

from django.http import HttpResponse
from django.test import Client

HTMX = {"HX-Request": "true"}


def undo_address(text: str) -> tuple[str, dict[str, str]]:
    """Where the Undo of this answer posts to, and what it sends."""
    form = re.search(r"<form[^>]* data-undo>.*?</form>", text, re.DOTALL)
    assert form, "There is no Undo."
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[0]))
    return html.unescape(re.search(r'action="([^"]+)"', form[0])[1]), fields


def press_undo(client: Client, text: str, *, htmx: bool = True) -> HttpResponse:
    """Press the Undo of this answer; without htmx what comes back is the page one is led to."""
    address, fields = undo_address(text)
    return client.post(address, fields, headers=HTMX if htmx else {}, follow=not htmx)
