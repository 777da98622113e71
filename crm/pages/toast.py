"""The toast that confirms an act, beside whatever part of the page the reply replaces."""

from __future__ import annotations

from django.http import HttpResponse
from django.template.loader import render_to_string


def add_toast(reply: HttpResponse, text: str, undo: str = "") -> HttpResponse:
    """The reply with a toast; undo: the note by which the act is taken back (crm/pages/undo.py)."""
    reply.write(render_to_string("crm/frame/_toast.html", {"oob": True, "text": text, "undo": undo}))
    return reply
