"""Small Zoho exports to import, and where the big one lies on a machine that has it."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

SAMPLE = Path(__file__).parents[1] / "data" / "zoho"
REAL = Path(__file__).parents[3] / "shared" / "data" / "zoho"

needs_real_files = pytest.mark.skipif(
    not (REAL / "Leads.csv").is_file(), reason="the full Zoho export is not beside this checkout"
)

LEAD = {
    "LEADID": "1",
    "Last Name": "Denson",
    "Company": "Maurice Ltd",
    "Lead Owner": "David Love",
    "Email": "gary@maurice.example",
    "Mobile": "660-485-0224",
    "Website": "maurice.example",
    "Industry": "Education",
    "Lead Source": "Partner",
    "Lead Status": "Not Contacted",
    "Created Time": "15 Apr, 2021 00:03:00",
    "CONVERTED": "Yes",
}
CALL = {
    "TASKID": "1",
    "Call Start Time": "2021-04-15 23:03:00",
    "Call Duration (in seconds)": "420",
    "Call Owner": "David Love",
    "Subject": "Invoice",
    "Call Type": "Outbound",
    "Call Purpose": "Demo",
    "Billable": "No",
    "LEADID": "1",
}


def csv_text(*rows: dict[str, str], separator: str = ",") -> str:
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(path: Path, *rows: dict[str, str]) -> Path:
    path.write_text(csv_text(*rows), encoding="utf-8", newline="")
    return path


def run(command: str, file: Path, **options: object) -> str:
    """Run an import as the shell does and return what it printed."""
    out = StringIO()
    call_command(command, str(file), **{"company": "Finepick", "verbosity": 0, "stdout": out, **options})
    return out.getvalue()
