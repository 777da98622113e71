"""Imports point one way, and migrations say what the models say."""

from __future__ import annotations

import ast
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["crm", "leads", "outreach", "analytics"]
LOOK_UPWARD = {"crm/urls.py", "crm/asgi.py"}


def imports(file: Path) -> set[str]:
    """Every module this file imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def files(app: str) -> list[Path]:
    return [file for file in (ROOT / app).rglob("*.py")]


@pytest.mark.parametrize("app", ORDER)
def test_no_app_imports_one_above_it(app):
    above = ORDER[ORDER.index(app) + 1 :]
    wrong = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files(app)
        if str(file.relative_to(ROOT)) not in LOOK_UPWARD
        for module in imports(file)
        if module.split(".")[0] in above
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("modules", "forbidden"),
    [
        (["live/consumers", "live/routing", "live/hub"], "outreach.contacts.actions"),
        (["contacts/signals", "contacts/summary", "guard", "models"], "outreach.live.events"),
        (
            ["guard", "contacts/summary", "contacts/signals", "models", "contacts/contact"],
            "outreach.contacts.actions",
        ),
        (["contacts", "guard", "live"], "outreach.views"),
    ],
)
def test_within_outreach_imports_point_one_way(modules, forbidden):
    for name in modules:
        path = ROOT / "outreach" / name
        for file in list(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]:
            assert not [module for module in imports(file) if module.startswith(forbidden)], file


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_no_file_is_a_junk_drawer():
    for app in ORDER:
        for file in files(app):
            assert file.stem not in {"utils", "helpers", "misc", "common"}, file
            if "migrations" not in file.parts:
                assert len(file.read_text().splitlines()) <= 350, file
