"""Tells uv where this machine's pip gets packages from: uv does not read pip's settings.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import ast
import os
import subprocess

# Sections of pip's settings that concern an install, the stronger ones last.
SECTIONS = ("global.", "install.", ":env:.")
NAMES = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "extra-index-url": ("UV_INDEX",),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY"),
}
DEFAULTS = {
    # Like pip, uv takes whichever index has the locked file: the hash says that it is the right one.
    "UV_INDEX_STRATEGY": "unsafe-best-match",
}


def uv_environment(pip: list[str]) -> dict[str, str]:
    """This process's environment and, where it says nothing itself, what `pip config list` says, in uv's names."""
    settings = pip_settings(pip)
    values = {name: text for key, text in settings.items() for name in NAMES.get(key, ())}
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        values["UV_OFFLINE"] = "1"
    return DEFAULTS | {name: joined(name, text) for name, text in values.items()} | os.environ


def joined(name: str, text: str) -> str:
    """Several values stand on lines of their own or are parted by spaces; uv parts its folders by commas."""
    return ("," if name == "UV_FIND_LINKS" else " ").join(text.split())


def pip_settings(pip: list[str]) -> dict[str, str]:
    """Each setting's text by its name, without the section it comes from."""
    listing = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    lines = [line.partition("=") for line in listing.stdout.splitlines()]
    return {
        name.removeprefix(section): ast.literal_eval(value)
        for section in SECTIONS
        for name, _, value in lines
        if name.startswith(section)
    }
