"""The owners an export names, as users of the company."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError

from crm.models import Company, User, normalise_login
from leads.imports.source import Source, columns
from leads.imports.table import CannotImport, Row, Unfit, read_table


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    email: str


def read_people(path: Path, source: Source) -> list[Person]:
    """Who a users file names. Raises CannotImport, naming the row, for one without a name or email."""
    people = []
    for row in read_table(path, required=columns(source.users)):
        try:
            people.append(read_person(row, source))
        except (Unfit, ValidationError) as error:
            reason = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise CannotImport(f"{path.name}, row {row.number}: {reason}") from error
    return people


def read_person(row: Row, source: Source) -> Person:
    """Zoho often has the whole name under Last Name; its last word is then the last name."""
    first, last = row[source.users["first_name"]], row[source.users["last_name"]]
    if not first:
        first, _, last = last.rpartition(" ")
    if not last:
        raise Unfit("has no name.")
    person = Person(first, last, normalise_login(row[source.users["email"]]))
    for name in ("first_name", "last_name", "email"):
        User._meta.get_field(name).clean(getattr(person, name), None)
    return person


def bring_in(people: list[Person], company: Company) -> int:
    """Make reps of those who are not users yet, without a password. Return how many."""
    known = {user.email: user for user in User.objects.filter(email__in=[person.email for person in people])}
    foreign = [email for email, user in known.items() if user.company_id != company.id]
    if foreign:
        raise CannotImport(f"{foreign[0]} is already a user, but not of {company}.")
    new = {person.email: person for person in people if person.email not in known}
    User.objects.bulk_create(
        User(
            company=company,
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            password=make_password(None),
        )
        for person in new.values()
    )
    return len(new)


class Owners:
    """The users of a company by the name an export calls them."""

    def __init__(self, company: Company, people: list[Person]) -> None:
        users = list(User.objects.filter(company=company))
        by_email = {user.email: user for user in users}
        self.by_name: dict[str, User | None] = {}
        for user in users:
            # Of two with one name, neither: a guess would give somebody another's leads.
            self.by_name[key(user.name)] = None if key(user.name) in self.by_name else user
        for person in people:
            self.by_name[key(f"{person.first_name} {person.last_name}")] = by_email[person.email]

    def find(self, name: str) -> User | None:
        return self.by_name.get(key(name))


def key(name: str) -> str:
    return " ".join(name.split()).casefold()
