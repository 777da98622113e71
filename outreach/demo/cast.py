"""Who works in the demo: two companies, their reps, a manager, and the staff account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password

from crm.models import AVATAR_TINTS, Company, Role, User
from outreach.demo.story import Story
from outreach.demo.working_hours import WorkingHours

NORTHWIND = "Northwind Trading"
RIVAL = "Rival Ltd"
BEGAN_DAYS_AGO = 120


@dataclass(frozen=True)
class Cast:
    """One company, its working hours and its people."""

    company: Company
    hours: WorkingHours
    people: list[User]

    @property
    def short_name(self) -> str:
        return str(self.company.name).split()[0]


def northwind(story: Story, password: str) -> Cast:
    """Alice and Bob, reps, and Mona, their manager."""
    cast = new_company(story, NORTHWIND, "Europe/Berlin", "DE")
    for tint, (first, last, email, role) in enumerate(
        [
            ("Alice", "Jones", "alice@demo.test", Role.REP),
            ("Bob", "Smith", "bob@demo.test", Role.REP),
            ("Mona", "Fischer", "mona@demo.test", Role.MANAGER),
        ]
    ):
        hire(story, cast, password, first, last, email, role=role, tint=tint)
    return cast


def rival(story: Story, password: str) -> Cast:
    """Another company: nothing of it may ever show at Northwind, nor the other way round."""
    cast = new_company(story, RIVAL, "Europe/London", "GB")
    hire(story, cast, password, "Charlie", "Brown", "charlie@rival.test", role=Role.REP, tint=3)
    return cast


def staff(story: Story, password: str) -> None:
    fields = {"first_name": "Ada", "last_name": "Admin", "is_staff": True, "is_superuser": True}
    story.users.append(User(email="admin@demo.test", password=password, **fields))


def new_company(story: Story, name: str, zone: str, region: str) -> Cast:
    began = story.now - timedelta(days=BEGAN_DAYS_AGO)
    company = Company(id=story.new_id(began), name=name, time_zone=zone, phone_region=region, created_at=began)
    story.companies.append(company)
    return Cast(company, WorkingHours(story.now, ZoneInfo(zone)), people=[])


def hire(story: Story, cast: Cast, password: str, first: str, last: str, email: str, *, role: Role, tint: int) -> None:
    began = cast.company.created_at
    user = User(
        id=with_tint(story.new_id(began), tint),
        company=cast.company,
        email=email,
        password=password,
        first_name=first,
        last_name=last,
        role=role,
        created_at=began,
    )
    cast.people.append(user)
    story.users.append(user)


def with_tint(user_id: UUID, tint: int) -> UUID:
    """The id, changed so that the avatar has this tint: colleagues on one screen should differ in colour."""
    return UUID(int=user_id.int - user_id.int % AVATAR_TINTS + tint)


def demo_password() -> str:
    """The hash that all demo users share: hashing is slow on purpose."""
    return make_password(settings.DEMO_PASSWORD)
