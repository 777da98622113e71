"""Finds the browser that the browser tests drive."""

from __future__ import annotations

import os
import shutil

# The shell is the same browser without a window to draw: a page is open in half the time.
NAMES = (
    "chromium-headless-shell",
    "/usr/bin/chromium",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


def find_chromium() -> str | None:
    """The path of Chromium or Chrome: what CHROMIUM names, else the first installed, else None."""
    named = os.environ.get("CHROMIUM")
    candidates = (named,) if named else NAMES
    return next((found for found in map(shutil.which, candidates) if found), None)
