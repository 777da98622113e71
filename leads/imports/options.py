"""The options of every import command, and the transaction they share."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from tqdm import tqdm

from crm.models import Company, validate_phone_region, validate_time_zone
from leads.imports.people import ExportedUser, read_users
from leads.imports.source import Source, load_source, source_names
from leads.imports.table import CannotImport, TableRow

Progress = Callable[[Sequence[TableRow]], Iterable[TableRow]]

USERS_FILE = "Users.csv"
# An import may take longer than a page: it waits for another import instead of giving up.
PATIENCE = "SELECT set_config('lock_timeout', '60s', true), set_config('statement_timeout', '90s', true)"


@dataclass(frozen=True)
class ImportOptions:
    """Where to read, for which company, and how to understand times and phone numbers."""

    file: Path
    company: Company
    source: Source
    users: list[ExportedUser]
    zone: ZoneInfo
    region: str


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="The CSV file: UTF-8, UTF-16 or cp1252.")
    parser.add_argument("--company", required=True, help="The company it belongs to, by name.")
    parser.add_argument("--source", choices=source_names(), default="zoho", help="The CRM it comes from.")
    parser.add_argument("--users", type=Path, help=f"The owners. Default: {USERS_FILE} beside the file, if there.")
    parser.add_argument(
        "--time-zone", help="The zone of the file’s times. Default: the company’s own; UTC for a new company."
    )
    parser.add_argument(
        "--region",
        help="Where numbers without a country code are. Default: the company’s own; US for a new one.",
    )


def read_options(
    *,
    file: Path,
    company: str,
    source: str,
    users: Path | None,
    time_zone: str | None,
    region: str | None,
    **_: object,
) -> ImportOptions:
    """Check the options of `add_options`; a command's others are ignored.

    A company of a new name is not saved yet. Raises CannotImport.
    """
    try:
        for_company = find_company(company.strip(), time_zone or "UTC", region or "US")
        validate_time_zone(time_zone or for_company.time_zone)
        validate_phone_region(region or for_company.phone_region)
    except ValidationError as error:
        raise CannotImport(" ".join(error.messages)) from error
    file, spec = Path(file), load_source(source)
    users_file = Path(users) if users else file.parent / USERS_FILE
    return ImportOptions(
        file=file,
        company=for_company,
        source=spec,
        users=read_users(users_file, spec) if users or users_file.is_file() else [],
        zone=ZoneInfo(time_zone or for_company.time_zone),
        region=region or for_company.phone_region,
    )


def find_company(name: str, time_zone: str, region: str) -> Company:
    """The company of this name, or an unsaved new one with this time zone and region. Raises ValidationError."""
    company = Company.objects.filter(name=name).first()
    if company is None:
        company = Company(name=name, time_zone=time_zone, phone_region=region)
        company.clean_fields()
    return company


@contextmanager
def only_import_of(company: Company) -> Iterator[Company]:
    """One transaction under the company's lock: a second import waits for the first. Makes a new company."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(PATIENCE)
            defaults = {"time_zone": company.time_zone, "phone_region": company.phone_region}
            saved, _ = Company.objects.get_or_create(name=company.name, defaults=defaults)
            yield Company.objects.select_for_update(no_key=True).get(pk=saved.pk)
    except OperationalError as error:
        raise CannotImport(f"The database is busy or went away; nothing was imported. Try again. ({error})") from error


def progress_bar(label: str, verbosity: int) -> Progress:
    """Shows on stderr how far the reading is; silent with --verbosity 0."""
    return lambda rows: tqdm(rows, desc=label, unit=" rows", disable=verbosity == 0)
