"""`manage.py test`: every check there is, in one command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from crm.setup import nightly
from crm.setup.chromium import find_chromium

# A process that has nothing left takes over tests of the other, so that both end together.
SPREAD = ["-n", "2", "--dist", "worksteal"]
USAGE = """usage: manage.py test [arguments of pytest]

Checks style, settings, migrations and types, then runs the tests with pytest on two processes.
  manage.py test                                   everything but nightly tests whose code has not changed
  manage.py test --nightly                         everything
  manage.py test -k guard -x                       some tests, up to the first failure
  manage.py test tests/lists                       a folder, a file or one test, and nothing else, within seconds:
  manage.py test tests/guard/test_guard.py::NAME   one process, no checks, a database kept for the next time
  manage.py test tests/lists --create-db           the same, with that database made anew
CHROMIUM names a browser; REQUIRE_BROWSER=1 and REQUIRE_REDIS=1 make it a failure that one is missing."""


class Command(BaseCommand):
    help = "Check style, settings, migrations and types, then run the tests."

    def run_from_argv(self, argv: list[str]) -> None:
        """Take the arguments as they are: they are pytest's, not Django's."""
        if {"-h", "--help"} & set(argv[2:]):
            print(USAGE)
        else:
            sys.exit(check_and_test(argv[2:]))


def check_and_test(arguments: list[str]) -> int:
    """Everything runs, whatever failed before it; the exit code says whether all passed."""
    types = start("mypy", "--no-error-summary")
    results = [say(name, passed()) for name, passed in steps(types)]
    return max(run_pytest(chosen(arguments)), 0 if all(results) else 1)


def say(name: str, passed: bool) -> bool:
    print(f"{name}: {'ok' if passed else 'FAILED'}", flush=True)
    return passed


def steps(types: subprocess.Popen[str]) -> Iterator[tuple[str, Callable[[], bool]]]:
    yield describe_browser(), has_wanted_browser
    yield describe_redis(), has_wanted_redis
    yield "Style (ruff check)", lambda: run("ruff", "check", "--quiet")
    yield "Layout (ruff format)", lambda: run("ruff", "format", "--check", "--quiet")
    yield "Settings (check)", lambda: django("check")
    yield (
        "Migrations (makemigrations --check)",
        lambda: django("makemigrations", check_changes=True, dry_run=True),
    )
    # It takes longest and one core only, so it began before the others.
    yield "Types (mypy)", lambda: finish(types)


def describe_browser() -> str:
    found = find_chromium()
    return f"Browser ({found})" if found else "Browser (no Chromium found: browser tests are skipped)"


def has_wanted_browser() -> bool:
    return bool(find_chromium()) or not os.environ.get("REQUIRE_BROWSER")


def describe_redis() -> str:
    found = shutil.which("redis-server")
    return f"Redis ({found})" if found else "Redis (no redis-server found: its tests are skipped)"


def has_wanted_redis() -> bool:
    return bool(shutil.which("redis-server")) or not os.environ.get("REQUIRE_REDIS")


def run(*command: str) -> bool:
    return subprocess.run([sys.executable, "-m", *command], cwd=settings.BASE_DIR).returncode == 0


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> bool:
    """Wait for its end and print what it found."""
    output, _ = process.communicate()
    print(output, end="", flush=True)
    return process.returncode == 0


def django(command: str, **options: object) -> bool:
    try:
        call_command(command, verbosity=0, **options)
    except (CommandError, SystemExit) as error:
        print(error, flush=True)
        return False
    else:
        return True


def chosen(arguments: list[str]) -> list[str]:
    """Pytest's arguments, with the nightly tests that are left out this time; says which these are, and why.

    Whoever chooses tests by -k or -m is given what was asked for.
    """
    passed_on = [argument for argument in arguments if argument != "--nightly"]
    if "--nightly" in arguments or any(argument.startswith(("-k", "-m")) for argument in arguments):
        return passed_on
    choice = nightly.choose()
    print(*choice.reasons, sep="\n", flush=True)
    return [*(f"--deselect={test}" for test in choice.left_out), *passed_on]


def run_pytest(arguments: list[str]) -> int:
    """Last, so that pytest's own closing line ends the output."""
    spread = [] if any(argument.startswith(("-n", "--pdb")) for argument in arguments) else SPREAD
    # Tests are written for the development settings, whatever this shell is set up for.
    environment = os.environ | {"TANDEM_DEBUG": "1"}
    command = [sys.executable, "-m", "pytest", *spread, *arguments]
    try:
        return subprocess.run(command, cwd=settings.BASE_DIR, env=environment).returncode
    except KeyboardInterrupt:
        return 130
