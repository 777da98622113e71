"""Imports point one way, no room is a heap, and migrations say what the models say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["crm", "leads", "outreach", "analytics"]
LOOK_UPWARD = {"crm/urls.py", "crm/asgi.py"}

# The floors of each app, from the ground up: a room or module may import what is on a floor below its own, and
# nothing beside or above it. A module named for itself (`person.duplicates`) stands apart from its room.
FLOORS = {
    "crm": [
        "handler invariants setup text times",
        "postgres",
        "embedded models",
        "pages",
        "login",
        "api",
        "failures",
        "admin apps management middleware settings templatetags views",
        "asgi urls wsgi",
    ],
    "leads": [
        "methods organizations signals",
        "models",
        "addresses",
        "person",
        "actions",
        "person.duplicates person.near",
        "form undo",
        "forms",
        "api imports templatetags views",
        "admin apps management urls",
    ],
    "outreach": [
        "models",
        "guard",
        "live",
        "followups invariants policies reviews webhooks",
        "contacts",
        "page",
        "lists",
        "api views",
        "admin apps context urls",
        "demo",
        "bench",
        "management",
    ],
    "analytics": [
        "models",
        "daily",
        "numbers",
        "page",
        "api invariants views",
        "apps urls",
        "bench",
        "management",
    ],
}

# Inside a room, what the floors cannot say.
FORBIDDEN = {
    # What follows from an attempt is computed in silence: a backfill rings no bells.
    "outreach.contacts.signals": "outreach.live",
    "outreach.contacts.summary": "outreach.live",
    # Verbs call these, and not the other way round.
    "outreach.contacts.contact": "outreach.contacts.actions",
    "outreach.contacts.decisions": "outreach.contacts.actions",
}

MODULES_IN_AN_APP = 12
MODULES_IN_A_ROOM = 14


def imports(file: Path) -> set[str]:
    """Every module this file imports, at the top or inside a function."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.module and not node.level, f"{shown(file)} imports by dots: name the module"
            names = [f"{node.module}.{name.name}" for name in node.names]
            modules |= {name if is_module(name) else node.module for name in names}
    return modules


def is_module(name: str) -> bool:
    """Whether this is a module of ours, and not something in one."""
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def files(app: str) -> list[Path]:
    return [file for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts]


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT))


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_in(module: str, place: str) -> bool:
    return module == place or module.startswith(f"{place}.")


def place_of(module: str) -> tuple[int, str] | None:
    """The floor of a module, counted from the ground, and the room it is in; None outside of the plan."""
    app = module.split(".")[0]
    rooms = [(floor, room) for floor, names in enumerate(FLOORS.get(app, [])) for room in names.split()]
    places = [(floor, room) for floor, room in rooms if is_in(module, f"{app}.{room}")]
    return max(places, key=lambda place: len(place[1]), default=None)


def broken_floors(file: Path) -> Iterator[str]:
    """A sentence for each import of this file that is not downward."""
    own = place_of(module_of(file))
    if own is None:
        yield f"{shown(file)} stands on no floor: give it a room of FLOORS in {shown(Path(__file__))}"
        return
    app = file.relative_to(ROOT).parts[0]
    for module in sorted(imports(file)):
        other = place_of(module) if is_in(module, app) else None
        if other is None or other[1] == own[1] or other[0] < own[0]:
            continue
        where = "above" if other[0] > own[0] else f"`{other[1]}` beside it"
        yield f"{shown(file)} stands on the floor `{own[1]}` and may not import {module}, which is {where}"


@pytest.mark.parametrize("app", ORDER)
def test_no_app_imports_one_above_it(app):
    above = ORDER[ORDER.index(app) + 1 :]
    wrong = [
        f"{shown(file)} is of the app `{app}` and may not import {module}, which is above"
        for file in files(app)
        if shown(file) not in LOOK_UPWARD
        for module in sorted(imports(file))
        if module.split(".")[0] in above
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("app", ORDER)
def test_within_an_app_imports_point_to_a_floor_below(app):
    wrong = [sentence for file in files(app) if module_of(file) != app for sentence in broken_floors(file)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("app", ORDER)
def test_every_room_of_the_plan_exists(app):
    modules = {module_of(file) for file in files(app)}
    missing = [room for names in FLOORS[app] for room in names.split() if f"{app}.{room}" not in modules]
    assert not missing, f"FLOORS names what {app} does not have: {', '.join(missing)}"


def test_some_modules_keep_away_from_others():
    wrong = [
        f"{shown(file)} may not import {other}: see FORBIDDEN in {shown(Path(__file__))}"
        for module, forbidden in FORBIDDEN.items()
        for file in [(ROOT / module.replace(".", "/")).with_suffix(".py")]
        for other in sorted(imports(file))
        if is_in(other, forbidden)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_room_is_a_heap():
    wrong = []
    for app in ORDER:
        for folder in sorted({file.parent for file in files(app)}):
            most = MODULES_IN_AN_APP if folder == ROOT / app else MODULES_IN_A_ROOM
            modules = [file.stem for file in folder.glob("*.py") if file.stem != "__init__"]
            if len(modules) > most:
                wrong.append(f"{shown(folder)}/ has {len(modules)} modules and may have {most}: divide it")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_one_class_name_means_one_thing():
    """A stranger who searches for a class finds one. Django itself looks for these names in more than one place."""
    by_django = {"Command", "Meta", "Migration", "DatabaseWrapper"}
    places: dict[str, list[str]] = {}
    for file in (file for app in ORDER for file in files(app)):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name not in by_django:
                places.setdefault(node.name, []).append(shown(file))
    doubled = [f"{name} is a class in {' and in '.join(where)}" for name, where in places.items() if len(where) > 1]
    assert not doubled, "\n".join(doubled)


def test_no_file_is_a_junk_drawer():
    for app in ORDER:
        for file in files(app):
            assert file.stem not in {"utils", "helpers", "misc", "common"}, f"{shown(file)} does not say what is in it"
            lines = len(file.read_text().splitlines())
            assert lines <= 350, f"{shown(file)} has {lines} lines and may have 350: divide it"
