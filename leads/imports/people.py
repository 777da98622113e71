"""The owners an export names, as users of the company."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db.models import Field

from crm.models import Company, User, normalise_login
from leads.imports.source import Source, columns
from leads.imports.table import CannotImport, TableRow, Unfit, read_table


@dataclass(frozen=True)
class ExportedUser:
    """A user of the other CRM, as its export names them."""

    first_name: str
    last_name: str
    email: str


def read_users(path: Path, source: Source) -> list[ExportedUser]:
    """The users of a users file. Raises CannotImport, naming the row, for one without a name or email."""
    users = []
    for row in read_table(path, required=columns(source.users)):
        try:
            users.append(read_user(row, source))
        except (Unfit, ValidationError) as error:
            reason = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise CannotImport(f"{path.name}, row {row.number}: {reason}") from error
    return users


def read_user(row: TableRow, source: Source) -> ExportedUser:
    """Zoho often has the whole name under Last Name; its last word is then the last name."""
    first, last = row[source.users["first_name"]], row[source.users["last_name"]]
    if not first:
        first, _, last = last.rpartition(" ")
    if not last:
        raise Unfit("has no name.")
    user = ExportedUser(first, last, normalise_login(row[source.users["email"]]))
    for name in ("first_name", "last_name", "email"):
        field = User._meta.get_field(name)
        assert isinstance(field, Field)
        field.clean(getattr(user, name), None)
    return user


def create_users(exported: list[ExportedUser], company: Company) -> int:
    """Make reps of those who are not users yet, without a password. Return how many were made.

    Raises CannotImport for a user of another company.
    """
    known = {user.email: user for user in User.objects.filter(email__in=[user.email for user in exported])}
    foreign = next((email for email, user in known.items() if user.company_id != company.id), None)
    if foreign:
        raise CannotImport(f"{foreign} is already a user, but not of {company}.")
    new = {user.email: user for user in exported if user.email not in known}
    User.objects.bulk_create(
        User(
            company=company,
            email=user.email,
            first_name=user.first_name,
            last_name=user.last_name,
            password=make_password(None),
        )
        for user in new.values()
    )
    return len(new)


class Owners:
    """The users of a company by the names an export gives them."""

    def __init__(self, company: Company, exported: list[ExportedUser]) -> None:
        users = list(User.objects.filter(company=company))
        by_email = {user.email: user for user in users}
        self.by_name: dict[str, User | None] = {}
        for user in users:
            # Of two with one name, neither: a guess would give somebody another's leads.
            self.by_name[name_key(user.name)] = None if name_key(user.name) in self.by_name else user
        for named in exported:
            self.by_name[name_key(f"{named.first_name} {named.last_name}")] = by_email[named.email]

    def find(self, name: str) -> User | None:
        return self.by_name.get(name_key(name))


def name_key(name: str) -> str:
    return " ".join(name.split()).casefold()
