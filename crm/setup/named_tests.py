"""`manage.py test PATH[::NAME]`: named tests and nothing else, within seconds.

One process, a database that is kept, no checks of style, and only the plugins that these tests need. It replaces this
process by pytest before Django is imported, which alone takes as long as a quick test. Measured for one file of 8 pure
functions: 3 s instead of 30 s. The plain alternative is to leave every case to crm/management/commands/test.py.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from crm.setup.packages import ROOT

TESTS = ROOT / "tests"
BROWSER_TESTS = TESTS / "browser"
# Found by pytest itself only with all others, of which the browser's and the API's take seconds to load.
PLUGINS = ["django", "hypothesispytest"]
BROWSER_PLUGINS = ["playwright", "rerunfailures"]
# What follows one of these says what it is about, not which tests to run.
WITH_A_VALUE = {"--deselect", "--ignore", "--ignore-glob", "--junitxml", "--basetemp", "-k", "-m", "-c", "-o", "-p"}


def run_named_tests(argv: list[str]) -> None:
    """Does not return when the command is `test` and an argument names a test file, a folder or a node."""
    arguments = argv[2:] if argv[1:2] == ["test"] else []
    paths = named_paths(arguments)
    if paths:
        os.chdir(ROOT)
        os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TANDEM_DEBUG": "1"}
        sys.stdout.flush()
        # It is not pytest's own; what is named runs in any case.
        passed_on = [argument for argument in arguments if argument != "--nightly"]
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *options(arguments, paths), *passed_on])


def named_paths(arguments: list[str]) -> list[Path]:
    """Of the arguments that are tests; options and their values are none."""
    names = [
        argument
        for before, argument in zip(["", *arguments], arguments, strict=False)
        if not argument.startswith("-") and before not in WITH_A_VALUE
    ]
    paths = [ROOT / name.partition("::")[0] for name in names]
    # What is too long for a path is none; pathlib would raise.
    return [path.resolve() for path in paths if os.path.exists(path) and path.resolve().is_relative_to(TESTS)]


def options(arguments: list[str], paths: list[Path]) -> list[str]:
    plugins = [*PLUGINS]
    if any(path.is_relative_to(BROWSER_TESTS) or BROWSER_TESTS.is_relative_to(path) for path in paths):
        plugins += BROWSER_PLUGINS
    if any(argument.startswith(("-n", "--numprocesses", "--dist")) for argument in arguments):
        plugins += ["xdist"]
    return ["--reuse-db", *(f"-p{plugin}" for plugin in plugins)]
