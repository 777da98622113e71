#!/usr/bin/env python3
"""The door to everything: `python3 manage.py up` runs Tandem, `python3 manage.py test` checks it."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    from crm.setup.bootstrap import ensure_environment
    from crm.setup.named_tests import run_named_tests

    ensure_environment()
    run_named_tests(sys.argv)
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Tandem is not set up right: {error}")


if __name__ == "__main__":
    main()
