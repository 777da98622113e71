"""What the documents name is there, and the map names every room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.test_architecture import ORDER

ROOT = Path(__file__).resolve().parents[1]
MAP = ROOT / "docs" / "ARCHITECTURE.md"
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TOP = [*ORDER, "templates", "static", "tests", "docs", "examples", "deploy", "locks", ".ci"]
# A path is a word in backticks or a link that begins at the top of the repository.
IN_BACKTICKS = re.compile(r"`([\w./{},*-]+)(?:::\w+)?`")
LINKED = re.compile(r"\]\(([^)#]+)(?:#[\w-]*)?\)")
COMMAND = re.compile(r"manage\.py (\w+)")


def named_paths(document: Path) -> set[Path]:
    """The paths of the repository that a document names, each of several in braces by itself."""
    text = document.read_text()
    linked = {(document.parent / link).resolve() for link in LINKED.findall(text) if "://" not in link}
    quoted = {ROOT / path for words in IN_BACKTICKS.findall(text) for path in unfold(words) if is_path(path)}
    # A command's arguments in an example stand in no backticks of their own.
    arguments = {ROOT / path for path in re.findall(r"\btests/[\w/]+(?:\.py)?", text)}
    return linked | quoted | arguments


def is_path(text: str) -> bool:
    return text.partition("/")[0] in TOP and "/" in text and "*" not in text


def unfold(text: str) -> list[str]:
    """ "static/{css,js}" as "static/css" and "static/js"."""
    braces = re.search(r"\{([^{}]*)\}", text)
    if braces is None:
        return [text]
    start, end = text[: braces.start()], text[braces.end() :]
    return [path for choice in braces[1].split(",") for path in unfold(start + choice + end)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_path_a_document_names_exists(document):
    missing = sorted(str(path.relative_to(ROOT)) for path in named_paths(document) if not path.exists())
    assert not missing, f"{document.relative_to(ROOT)} names what is not there: {', '.join(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_command_a_document_names_exists(document):
    missing = set(COMMAND.findall(document.read_text())) - set(get_commands())
    assert not missing, f"{document.relative_to(ROOT)} names commands that are not there: {', '.join(sorted(missing))}"


def rooms() -> list[str]:
    """Every folder a stranger meets: those of the apps with modules in them, of templates, static files and tests."""
    modules = {path.parent for app in ORDER for path in (ROOT / app).rglob("*.py")}
    pages = {path.parent for path in (ROOT / "templates").rglob("*.html")} - {ROOT / "templates"}
    static = {path for path in (ROOT / "static").iterdir() if path.is_dir()}
    tests = {path.parent for path in (ROOT / "tests").rglob("test_*.py")} - {ROOT / "tests"} | {
        ROOT / "tests" / "support"
    }
    folders = {path.relative_to(ROOT) for path in modules | pages | static | tests}
    return sorted(str(path) for path in folders if "management/" not in f"{path}/" or path.name == "management")


@pytest.mark.parametrize("room", rooms())
def test_the_map_names_every_room(room):
    named = {path.rstrip("/") for words in IN_BACKTICKS.findall(MAP.read_text()) for path in unfold(words)}
    assert room in named, f"docs/ARCHITECTURE.md does not say what {room}/ is for"
