"""Schemathesis against the running server: whatever the document admits or forbids, every check holds.

All checks. By default a few examples of each operation and of calls one after the other; SCHEMATHESIS_EXAMPLES=500
makes it a long run, which goes through every boundary of every field besides.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.api import Tool
from tests.support.factories import AttemptFactory
from tests.support.servers import served

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES")
FEW, FEW_PHASES, ALL_PHASES = "5", "examples,fuzzing,stateful", "examples,coverage,fuzzing,stateful"
CONFIG = Path(__file__).with_name("schemathesis.toml")
LIMIT_SECONDS = 3_600


def test_the_running_api_does_what_its_document_says(lead, mona, alice):
    AttemptFactory(lead=lead, user=alice)
    secret = Tool(mona).secret
    with served(API_CALLS_PER_MINUTE="1000000") as address:
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
            *(f"{address}/api/v1/openapi.json", "--header", f"Authorization: Bearer {secret}", "--no-color"),
            *("--max-examples", EXAMPLES or FEW, "--phases", ALL_PHASES if EXAMPLES else FEW_PHASES),
            *("--seed", "1", "--continue-on-failure", "--warnings", "off"),
        ]
        ended = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    assert ended.returncode == 0, ended.stdout
    assert "Stateful" in ended.stdout and "16 selected / 16 total" in ended.stdout
