"""What the settings read from outside: environment variables and the folder of local data."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from crm.setup.packages import ROOT, data_folder

__all__ = ["ROOT", "data_folder", "flag", "listed", "number", "secret_key"]

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    elif value.strip().lower() in FALSE:
        return False
    else:
        # Read as "on" or "off", a slip of the pen could switch DEBUG on in production.
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, *, default: int) -> int:
    value = os.environ.get(name) or default
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def listed(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def secret_key(*, debug: bool) -> str:
    """The key from TANDEM_SECRET_KEY; in development one that is made once and kept on this machine."""
    key = os.environ.get("TANDEM_SECRET_KEY", "")
    if key:
        return key
    elif debug:
        return kept_key(data_folder() / "secret-key")
    else:
        raise ImproperlyConfigured("Set TANDEM_SECRET_KEY to a long random text; only development does without.")


def kept_key(path: Path) -> str:
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file 0600. Of two processes starting at once, the first to link gives the key.
        handle, draft = tempfile.mkstemp(dir=path.parent)
        try:
            os.write(handle, get_random_secret_key().encode())
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.close(handle)
            os.unlink(draft)
    return path.read_text()
