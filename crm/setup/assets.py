"""What the browser loads: one app.css, app.js, icons.svg and favicon, each joined from small files; the docs' script.

A staticfiles finder, so runserver, WhiteNoise and collectstatic hand out the same bytes. It stands in for
FileSystemFinder: the parts themselves are not published.

Gain (November 2026): a first page asks for 4 files of 35 kB (gzip) instead of 94 of 64 kB: 29 styles, 21 scripts, 44
outlines; and nobody needs Node. Sizes do not depend on the machine.
Plain alternative: whatever else writes these files into a folder, and settings.STATICFILES_FINDERS with Django's
FileSystemFinder for that folder. Pages know the five names of JOINED and nothing of their parts.
"""

from __future__ import annotations

import builtins
import importlib.resources
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, overload
from xml.etree import ElementTree
from zipfile import ZipFile

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

from crm.setup.environment import data_folder

SOURCE = Path(__file__).resolve().parents[2] / "static"

# tokens.css comes first because it declares the order of the layers.
STYLES = [
    "tokens",
    "base",
    "layout",
    "bar",
    "buttons",
    "badges",
    "forms",
    "lead_form",
    "menu",
    "choices",
    "table",
    "filters",
    "lead",
    "presence",
    "guard",
    "drafts",
    "timeline",
    "entry",
    "dialog",
    "verdict",
    "policy",
    "review",
    "steps",
    "notes",
    "keys",
    "webhooks",
    "dashboard",
    "rows",
    "toast",
    "contrast",
    "print",
]
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SCRIPTS = "*.js"
OUTLINES = [
    "arrow-down-left",
    "arrow-up-right",
    "ban",
    "bell",
    "bell-ring",
    "calendar",
    "chart-column",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "copy",
    "download",
    "flag",
    "git-merge",
    "history",
    "hourglass",
    "inbox",
    "key-round",
    "list",
    "lock",
    "log-out",
    "menu",
    "messages-square",
    "octagon-x",
    "plus",
    "printer",
    "reply",
    "search",
    "scissors",
    "settings",
    "shield",
    "sliders-horizontal",
    "trending-down",
    "trending-up",
    "triangle-alert",
    "undo-2",
    "user",
    "users",
    "webhook",
    "wifi-off",
    "x",
]
SVG = "http://www.w3.org/2000/svg"


class JoinedFilesFinder(BaseFinder):
    """Finds the joined files, and joins them again when a part changed under DEBUG."""

    def __init__(self, app_names: list[str] | None = None, *args: object, **kwargs: object) -> None:
        self.folder = data_folder() / "assets"
        self.storage = FileSystemStorage(location=self.folder)
        self.stamps: dict[str, tuple[tuple[Path, int], ...]] = {}

    def check(self, **kwargs: object) -> builtins.list[CheckMessage]:
        return []

    @overload
    def find(self, path: str, find_all: Literal[False] = False) -> str | None: ...

    @overload
    def find(self, path: str, find_all: Literal[True]) -> builtins.list[str]: ...

    def find(self, path: str, find_all: bool = False) -> str | builtins.list[str] | None:
        """The file of this address, alone or in a list; an empty list when the address is not ours."""
        if path in JOINED:
            file = self.build(path)
            return [file] if find_all else file
        else:
            return []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in JOINED:
            self.build(name)
            yield name, self.storage

    def build(self, name: str) -> str:
        parts, join = JOINED[name]
        if name not in self.stamps or settings.DEBUG:
            stamp = tuple((part, part.stat().st_mtime_ns) for part in parts())
            if self.stamps.get(name) != stamp:
                write(self.folder / name, join([part for part, _ in stamp]))
                self.stamps[name] = stamp
        return str(self.folder / name)


def write(target: Path, text: str) -> None:
    """Replace the file in one step: another process may be reading it."""
    content = text.encode()
    if not (target.is_file() and target.read_bytes() == content):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as draft:
            draft.write(content)
        os.chmod(draft.name, 0o644)
        os.replace(draft.name, target)


def style_files() -> list[Path]:
    return [SOURCE / "css" / f"{name}.css" for name in STYLES]


def script_files() -> list[Path]:
    return sorted((SOURCE / "js").glob(SCRIPTS))


def docs_files() -> list[Path]:
    return [SOURCE / "docs" / "api_docs.js"]


def outline_files() -> list[Path]:
    """Those we have drawn ourselves."""
    names = outlines()
    return sorted(file for file in (SOURCE / "icons").glob("*.svg") if file.stem in names)


def outlines() -> list[str]:
    """All of the sprite: those named here, and those an app brings as `outlines` of its AppConfig."""
    brought = (name for app in apps.get_app_configs() for name in getattr(app, "outlines", ()))
    return sorted({*OUTLINES, *brought})


def favicon_files() -> list[Path]:
    return [SOURCE / "icons" / "mark.svg"]


def styles(parts: list[Path]) -> str:
    """Without comments, indentation and empty lines: nothing in our CSS depends on them."""
    texts = (COMMENT.sub("", part.read_text()) for part in parts)
    lines = (line.strip() for text in texts for line in text.splitlines())
    return "\n".join(filter(None, lines)) + "\n"


def plain(parts: list[Path]) -> str:
    return "\n".join(part.read_text() for part in parts)


def scopes(parts: list[Path]) -> str:
    """Each script in a scope of its own, so that two files may use the same name.

    Without indentation and lines that are only a comment, a quarter of the compressed size.
    """
    lines = (line.strip() for part in parts for line in ("(() => {", *part.read_text().splitlines(), "})();"))
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def sprite(parts: list[Path]) -> str:
    """Outlines from Lucide (ISC licence, see the lucide package) and our own, one symbol each."""
    own = {part.stem for part in parts}
    packaged = importlib.resources.files("lucide").joinpath("lucide.zip")
    with packaged.open("rb") as stream, ZipFile(stream) as lucide:
        symbols = [symbol(name, lucide.read(f"{name}.svg").decode()) for name in outlines() if name not in own]
    symbols += [symbol(part.stem, part.read_text()) for part in parts]
    return f'<svg xmlns="{SVG}">\n<!-- Outlines: Lucide, ISC licence -->\n' + "\n".join(symbols) + "\n</svg>\n"


def symbol(name: str, svg: str) -> str:
    """Stroke and size are left out: the page's own CSS gives them."""
    shapes = "".join(shape(element) for element in ElementTree.fromstring(svg))
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def shape(element: ElementTree.Element) -> str:
    tag = element.tag.removeprefix(f"{{{SVG}}}")
    return f"<{tag} " + " ".join(f'{key}="{value}"' for key, value in element.attrib.items()) + "/>"


JOINED: dict[str, tuple[Callable[[], list[Path]], Callable[[list[Path]], str]]] = {
    "app.css": (style_files, styles),
    "app.js": (script_files, scopes),
    "api_docs.js": (docs_files, plain),
    "icons.svg": (outline_files, sprite),
    "favicon.svg": (favicon_files, plain),
}
