"""The static files of `up`: hashed and compressed once, as in production, into a folder of the local data."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.storage import Storage
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

from crm.setup.assets import JOINED
from crm.setup.start.steps import step

Sources = dict[str, Storage]

STAMP = "stamp"
# What the names begin with of files that each page of ours loads.
OWN = (*(name.partition(".")[0] for name in JOINED), "django_htmx/htmx-2.min")


class QuickStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Only what pages name. Brotli for what each page of ours loads; of the admin's and the docs' files, ten times as
    many, it would take half a minute more.
    """

    keep_only_hashed_files = True

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        own = {path for path in paths if path.startswith(OWN)}
        yield from super().compress_files(own)
        self.brotli = False
        yield from super().compress_files(paths - own)
        self.brotli = True

    brotli = True

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(use_brotli=self.brotli, **options)


def collect() -> None:
    """Bring the folder up to date; does nothing when no file has changed since."""
    folder = Path(settings.STATIC_ROOT)
    sources = find_sources()
    stamp = stamp_of(sources)
    if not is_collected(folder, stamp):
        with step("Compressing styles, scripts and icons"):
            remove_leftovers(folder)
            draft = folder.with_name(f"{folder.name}.{os.getpid()}")
            try:
                fill(draft, sources)
                publish(draft, folder)
                folder.joinpath(STAMP).write_text(stamp)
            finally:
                shutil.rmtree(draft, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Drafts of those who were killed at it."""
    for draft in folder.parent.glob(f"{folder.name}.*"):
        pid = draft.suffix.removeprefix(".")
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(draft, ignore_errors=True)


def find_sources() -> Sources:
    found: Sources = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            found.setdefault(name, storage)
    return found


def stamp_of(sources: Sources) -> str:
    """Changes when a file does: names, sizes and times of all of them."""
    statuses = {name: os.stat(storage.path(name)) for name, storage in sources.items()}
    lines = [f"{name} {status.st_size} {status.st_mtime_ns}" for name, status in sorted(statuses.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def is_collected(folder: Path, stamp: str) -> bool:
    file = folder / STAMP
    return file.is_file() and file.read_text() == stamp


def fill(draft: Path, sources: Sources) -> None:
    storage = QuickStorage(location=draft)
    for name, source in sources.items():
        with source.open(name) as file:
            storage.save(name, file)
    for _, _, processed in storage.post_process({name: (source, name) for name, source in sources.items()}):
        if isinstance(processed, Exception):
            raise processed


def publish(draft: Path, folder: Path) -> None:
    """Move what was made, the list of names last; nothing is removed: another `up` may still serve what it names."""
    files = [path for path in draft.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: path.suffix == ".json"):
        target = folder / path.relative_to(draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
