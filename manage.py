#!/usr/bin/env python3
"""The door to everything: `python3 manage.py up` runs Tandem, `python3 manage.py test` checks it."""

import os
import sys
from contextlib import nullcontext

OLDEST = (3, 11)


def main() -> None:
    require_python()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    from crm.setup.bootstrap import ended_by_ctrl_c, ensure_environment, in_plain_words
    from crm.setup.named_tests import run_named_tests
    from crm.setup.start.loading import begin_up, is_up, loading

    with ended_by_ctrl_c(), loading:
        with in_plain_words():
            begin_up(sys.argv)
            ensure_environment()
        run_named_tests(sys.argv)
        loading.begin(sys.argv)
        # Other commands read files that their user names; they say themselves what is wrong with one.
        with in_plain_words() if is_up(sys.argv) else nullcontext():
            run_command()


def require_python() -> None:
    """First and here: an older Python could not read the rest."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:3]))
        sys.exit("Tandem needs Python 3.11 or newer; this is Python " + version + " (" + sys.executable + ").")
    if os.name != "posix":
        sys.exit("Tandem runs on Linux and macOS. On Windows, run it inside WSL.")


def run_command() -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Tandem is not set up right: {error}")


if __name__ == "__main__":
    main()
