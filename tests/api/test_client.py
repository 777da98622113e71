"""The example client and the README's curl lines do what they say, against the running server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from leads.addresses import clean_identifiers, set_identifiers
from leads.models import Lead
from outreach.models import Claim, ContactAttempt
from tests.support.api import Tool

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environment(server, alice) -> dict[str, str]:
    return {**os.environ, "TANDEM_URL": server, "TANDEM_TOKEN": Tool(alice).secret, "NO_PROXY": "*"}


def run(command: list[str], environment: dict[str, str]) -> str:
    ended = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_client_asks_sends_and_logs_once(environment, company):
    command = [sys.executable, "examples/api_client.py", "dana@acme.example", "Quick question"]
    first = run(command, environment)
    assert first.startswith("allow: dana@acme.example") and "1 in the history" in first
    attempt = ContactAttempt.objects.get()
    assert (attempt.subject, attempt.lead.identifiers.get().value) == ("Quick question", "dana@acme.example")
    again = run(command, environment)
    assert again.startswith("block: dana@acme.example") and "you emailed" in again.lower() or "Alice Jones" in again
    assert ContactAttempt.objects.count() == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl here.")
def test_the_curl_lines_of_the_readme_work(environment, lead):
    set_identifiers(lead, "email", clean_identifiers("email", "dana@acme.example", "US"))
    readme = (settings.BASE_DIR / "README.md").read_text()
    lines = re.search(r"```sh\n(.*?)```", readme, re.DOTALL)[1].replace("curl ", "curl --fail-with-body --silent ")
    said = run(["bash", "-euc", lines], {**environment, "LEAD": str(lead.id)})
    assert '"verdict":"allow"' in said and '"total" : 1' in said
    assert Claim.objects.count() == 0
    attempt = ContactAttempt.objects.get()
    assert (attempt.method, attempt.responded) == ("email", True)
    assert Lead.objects.get().status == "conversing"
