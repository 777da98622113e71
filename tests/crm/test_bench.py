"""The measurement runs on a small scale, on a database of its own, and prints a row for each work."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection

from crm.models import Company
from outreach.bench import database
from outreach.bench.load import load
from outreach.bench.measure import Times, one_by_one, side_by_side
from outreach.bench.run import RunSize

WORKS = ["lead list, 50 rows", "lead page", "timeline fragment", "log a contact", "save to visible"]
ROW = re.compile(r"^(.+?)\s{2,}([\d.]+)\s+([\d.]+)", re.MULTILINE)


def bench(*arguments: str) -> str:
    """The command as people run it, beside this test's database."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "bench", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DB_NAME": connection.settings_dict["NAME"]},
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def dropped_afterwards(db):
    yield
    assert "Dropped" in bench("--drop")


@pytest.mark.slow
def test_a_small_run_measures_each_work(dropped_afterwards) -> None:
    report = bench("--quick", "--leads", "400", "--attempts", "2000")
    measured = {name: (float(p50), float(p95)) for name, p50, p95 in ROW.findall(report)}
    assert list(measured) == WORKS
    assert all(0 < p50 <= p95 for p50, p95 in measured.values())
    assert "400 leads, 2,000 contacts" in report
    # Asking the guard takes as many queries for a large person as for a small one.
    assert re.findall(r"^(at a glance|about one message) +(\d) +p50 [\d.]+ ms +(\d) +p50 [\d.]+ ms", report, re.M) == [
        ("at a glance", "1", "1"),
        ("about one message", "2", "2"),
    ]
    assert re.search(r"Memory of the server: \d+ MiB idle, \d+ MiB at most", report)
    assert not Company.objects.filter(name="Bench Ltd").exists()


API_WORKS = [
    "log a contact, distinct leads", "log a contact, one hot lead", "history of 50", "50 of a history of 5,000",
    "check of 1", "check of 500",
]  # fmt: skip


@pytest.mark.slow
def test_a_small_run_measures_the_api_with_both_servers(dropped_afterwards) -> None:
    report = bench("api", "--quick", "--leads", "400", "--attempts", "2000")
    for work in API_WORKS:
        for server in ("ASGI, 1 process", "WSGI, 2 workers"):
            assert re.search(rf"^{work} +{server}( +\d[\d.]*){{7}}$", report, re.MULTILINE), report


def test_the_real_database_is_never_loaded(db) -> None:
    with pytest.raises(ProgrammingError, match="over the real database"):
        load(10, 10)


def test_each_call_of_a_run_finds_a_lead_of_its_own() -> None:
    assert RunSize(rounds=2, alone=3, together=4, visible=1).clear_leads == 2 * (2 * 7 + 1) + 10
    assert database.SUFFIX == "_bench"


def test_times_are_taken_of_each_call_and_failures_come_through() -> None:
    done = []
    took = one_by_one(lambda caller, item: done.append((caller, item)), "one", [1, 2])
    assert len(took) == 2 and done == [("one", 1), ("one", 2)]
    assert side_by_side(lambda caller, item: None, ["one", "two"], [1, 2, 3]) > 0
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda caller, item: item / 0, ["one", "two"], [1, 2, 3])


def test_percentiles() -> None:
    times = Times(took=[float(number) for number in range(1, 101)], rates=[10, 30, 20])
    assert (times.p50, round(times.p95), times.rate) == (50.5, 95, 20)
    assert Times(took=[7.0]).p95 == 7.0
