"""What is installed, and when: the two locks, the stamp of `.venv`, and uv told what pip knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crm.setup import bootstrap, packages, pip_settings

RUN, TEST = packages.LOCKS


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A `.venv` that is missing; gives the commands that are run to make it."""
    commands: list[list[str]] = []

    def run(command: list[str], environment: dict[str, str] | None = None) -> bool:
        commands.append(command)
        if "venv" in command:
            tmp_path.joinpath("python").touch()
        return True

    monkeypatch.setattr(packages, "VENV", tmp_path / "none")
    monkeypatch.setattr(packages, "VENV_PYTHON", tmp_path / "python")
    monkeypatch.setattr(packages, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(packages, "run", run)
    monkeypatch.setattr(packages, "uv_environment", lambda pip: {})
    return commands


def installed(commands: list[list[str]]) -> list[str]:
    return [Path(part).name for command in commands for part in command if part.endswith(("run.txt", "test.txt"))]


def pins(lock: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def needed(lock: Path) -> set[str]:
    lines = lock.with_suffix(".in").read_text().splitlines()
    return {re.split(r"[\[=<>]", line)[0].replace("_", "-") for line in lines if line and not line.startswith("#")}


def test_commands_that_run_need_the_first_lock_and_tests_need_both() -> None:
    assert bootstrap.needed_locks(["up"]) == bootstrap.needed_locks([]) == [RUN]
    assert bootstrap.needed_locks(["test"]) == bootstrap.needed_locks(["bench"]) == [RUN, TEST]


def test_the_locks_agree_and_name_no_host() -> None:
    run, test = pins(RUN), pins(TEST)
    assert {name: test[name] for name in run.keys() & test.keys()} == {
        name: run[name] for name in run.keys() & test.keys()
    }
    assert needed(RUN) <= run.keys()
    assert needed(TEST) <= test.keys()
    for lock in packages.LOCKS:
        assert not re.findall(r"\S*(?:://|--(?!hash=))\S*", lock.read_text()), lock.name


def test_the_readme_says_why_each_package_is_there() -> None:
    readme = (packages.ROOT / "README.md").read_text().replace("_", "-")
    table = readme[readme.index("## What it stands on") :]
    assert {name for name in needed(RUN) | needed(TEST) if not re.search(rf"\b{name}\b", table)} == set()


def test_only_what_is_missing_is_installed(venv) -> None:
    packages.install([RUN])
    assert installed(venv) == ["run.txt"]
    assert packages.is_installed([RUN])
    assert not packages.is_installed([RUN, TEST])
    venv.clear()
    packages.install([RUN, TEST])
    assert installed(venv) == ["test.txt"]
    assert packages.is_installed([RUN, TEST])


def test_a_venv_of_the_time_of_one_lock_is_updated_not_made_anew(venv) -> None:
    packages.VENV_PYTHON.touch()
    packages.STAMP.write_text("9" * 64)
    packages.install([RUN])
    assert not any("venv" in command for command in venv)
    assert installed(venv) == ["run.txt"]
    assert packages.is_installed([RUN])


def test_an_interrupted_install_is_not_trusted(venv, monkeypatch) -> None:
    packages.install([RUN])
    monkeypatch.setattr(packages, "install_packages", lambda locks: exit(1))
    with pytest.raises(SystemExit):
        packages.install([RUN, TEST])
    assert not packages.is_installed([RUN])


def test_where_uv_cannot_install_pip_does(venv, monkeypatch, capsys) -> None:
    commands = venv
    monkeypatch.setattr(packages, "use_uv", lambda files: False)
    packages.install([RUN])
    assert commands[-1][:3] == packages.PIP[:3]
    assert installed(commands) == ["run.txt"]
    assert "uv could not install them" in capsys.readouterr().out


def test_uv_is_pinned_with_its_hashes() -> None:
    pin = packages.uv_pin()
    assert re.match(r"uv==[\d.]+ \\\n    --hash=sha256:", pin)
    assert pin.count("==") == 1


def test_uv_gets_packages_from_where_pip_does(monkeypatch) -> None:
    settings = {
        "index-url": "https://packages.example/simple",
        "extra-index-url": "\nhttps://a.example/simple\nhttps://b.example/simple",
        "find-links": "/wheels /more",
        "cert": "/certificates.pem",
        "no-index": "true",
    }
    monkeypatch.setattr(pip_settings, "pip_settings", lambda pip: settings)
    for name in ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_FIND_LINKS", "UV_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", "/mine.pem")
    environment = pip_settings.uv_environment(["pip"])
    assert environment["UV_DEFAULT_INDEX"] == "https://packages.example/simple"
    assert environment["UV_INDEX"] == "https://a.example/simple https://b.example/simple"
    assert environment["UV_FIND_LINKS"] == "/wheels,/more"
    assert environment["UV_OFFLINE"] == "1"
    # What the shell says itself is stronger.
    assert environment["SSL_CERT_FILE"] == "/mine.pem"


def test_of_pips_sections_the_stronger_one_counts(tmp_path) -> None:
    pip = tmp_path / "pip"
    pip.write_text("#!/bin/sh\necho \":env:.timeout='3'\"\necho \"global.timeout='1'\"\necho \"install.cert='c'\"\n")
    pip.chmod(0o755)
    assert pip_settings.pip_settings([str(pip)]) == {"timeout": "3", "cert": "c"}
