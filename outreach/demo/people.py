"""Makes the lead records, with names, emails, phones and profiles that belong to nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from crm.models import User
from leads.addresses import clean_identifiers, new_identifiers
from leads.models import IdentifierKind, Lead
from leads.organizations import organization_keys
from outreach.demo.cast import Cast
from outreach.demo.names import (
    JOB_TITLES,
    NOTES,
    SOURCES,
    Organization,
    shuffled_names,
    shuffled_organizations,
)
from outreach.demo.person import DemoPerson
from outreach.demo.story import Story

# Numbers reserved for films and books, so that nobody is ever called.
PHONE_FORMS = ["+49 30 23125 {:03d}", "+44 20 7946 0{:03d}", "+49 176 04069 {:03d}", "+49 89 99998 {:03d}"]


@dataclass
class DemoPeople:
    """Makes leads of one company, each with its own name and numbers."""

    story: Story
    cast: Cast
    names: Iterator[tuple[str, str]] = field(init=False)
    organizations: Iterator[Organization] = field(init=False)
    phones: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = iter(shuffled_names(self.story.rng))
        self.organizations = iter(shuffled_organizations(self.story.rng))
        self.phones = (form.format(number) for number in count(100) for form in PHONE_FORMS)

    def somebody(self, organization: Organization, owner: User | None, since: datetime) -> DemoPerson:
        """A person without a part in the plot, at this organization."""
        rng = self.story.rng
        first, last = next(self.names)
        return self.named(
            first,
            last,
            rng.choice(JOB_TITLES),
            organization,
            owner=owner,
            since=since,
            emails=emails(first, last, organization, several=rng.random() < 0.25),
            phones=[next(self.phones) for _ in range(rng.choice([0, 1, 1, 1, 2]))],
            profile=rng.random() < 0.7,
            source=rng.choice(SOURCES),
            notes=rng.choice(NOTES) if rng.random() < 0.2 else "",
        )

    def named(
        self,
        first: str,
        last: str,
        job_title: str,
        organization: Organization,
        *,
        owner: User | None,
        since: datetime,
        emails: list[str],
        phones: Sequence[str] = (),
        profile: bool = True,
        **fields: object,
    ) -> DemoPerson:
        """A person of the plot."""
        lead = Lead(
            id=self.story.new_id(since),
            company=self.cast.company,
            first_name=first,
            last_name=last,
            job_title=job_title,
            organization=organization.name,
            website=f"https://www.{organization.domain}",
            organization_keys=organization_keys(organization.name, organization.domain),
            industry=organization.industry,
            owner=owner,
            created_at=since,
            updated_at=since,
            **fields,
        )
        self.story.leads.append(lead)
        profiles = [f"linkedin.com/in/{plain(first)}-{plain(last)}-{plain(organization.short)}"] if profile else []
        self.identify(lead, IdentifierKind.EMAIL, emails)
        self.identify(lead, IdentifierKind.PHONE, list(phones))
        self.identify(lead, IdentifierKind.PROFILE, profiles)
        return DemoPerson(self.story, lead, self.cast.short_name, organization)

    def identify(self, lead: Lead, kind: IdentifierKind, values: list[str]) -> None:
        cleaned = clean_identifiers(kind, "\n".join(values), lead.company.phone_region)
        for identifier in new_identifiers(lead, kind, cleaned, since=lead.created_at):
            identifier.id = self.story.new_id(lead.created_at)
            self.story.identifiers.append(identifier)


def emails(first: str, last: str, organization: Organization, *, several: bool) -> list[str]:
    first, last = plain(first), plain(last)
    addresses = [f"{first}.{last}@{organization.domain}"]
    return [*addresses, f"{first[0]}.{last}@{organization.domain}"] if several else addresses


def plain(name: str) -> str:
    return name.lower().replace(" ", "-")
