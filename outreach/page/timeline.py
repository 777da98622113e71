"""The timeline of a lead: entries newest first in blocks, grouped by day, from the place an address names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from crm.models import User
from leads.methods import ContactMethod
from outreach.models import ContactAttempt, Direction
from outreach.page.attempts import EVERYTHING, PAGE_SIZE, Filters, annotated
from outreach.page.blocks import BLOCK_SIZE, Block, BlockReader, from_whom
from outreach.page.entries import TimelineEntry, entry
from outreach.page.places import TimelinePlace, boundary_of
from outreach.page.records import record_names

if TYPE_CHECKING:
    from outreach.page.entries import TimelineAttempt
    from outreach.page.records import PageLead

# Of a history that is asked for as a whole: more is said to be left out.
MOST_SHOWN = 5_000


@dataclass(frozen=True)
class FilterChoice:
    """A method there are entries of, or all; the counts are of the whole history, whatever the filters."""

    id: str
    label: str
    icon: str
    count: int
    url: str
    is_current: bool


@dataclass
class Timeline:
    """Some blocks of the history. url: the page with these filters, from the newest entry on."""

    blocks: list[Block]
    filters: Filters
    total: int
    url: str
    # The page as it is shown, whatever was unfolded since.
    address: str = ""
    oldest_url: str = ""
    history_url: str = ""
    choices: list[FilterChoice] = field(default_factory=list)
    day_code: str = ""
    day_words: str = ""
    empty_words: str = ""
    filter_words: str = ""

    @property
    def entries(self) -> list[TimelineEntry]:
        return [entry for block in self.blocks for entry in block.entries]

    @property
    def is_filtered(self) -> bool:
        return self.filters != EVERYTHING

    @property
    def directions(self) -> list[tuple[str, str]]:
        """What its filter offers."""
        return [("", "Both directions"), *((one.value, one.meaning.capitalize()) for one in Direction)]

    @property
    def shown(self) -> int:
        return sum(len(block.entries) for block in self.blocks)


def read_timeline(
    lead: PageLead,
    viewer: User,
    filters: Filters = EVERYTHING,
    place: TimelinePlace | None = None,
    *,
    size: int = PAGE_SIZE,
) -> Timeline:
    """The blocks at this place, by default the newest, each in one query.

    The person's other records and the counts come with the lead, see `page.lead.get_lead`.
    """
    place = place or TimelinePlace()
    blocks = read_blocks(BlockReader(lead, viewer, filters), place, size)
    for block in blocks:
        block.older_url = timeline_url(lead, filters, before=block.until) if block.until else ""
        block.newer_url = timeline_url(lead, filters, after=block.before) if block.before else ""
    counts = method_counts(lead)
    return Timeline(
        blocks=blocks,
        filters=filters,
        total=sum(counts.values()),
        url=page_url(lead, filters),
        address=page_url(lead, filters, **place.params()),
        history_url=history_url(lead, filters),
        oldest_url=page_url(lead, filters, oldest="1"),
        choices=filter_choices(lead, filters, counts),
        day_code=place.day.isoformat() if place.day else "",
        day_words=day_words(blocks, place.day),
        empty_words=empty_words(lead, filters),
        filter_words=filter_words(lead, filters),
    )


def read_entry(attempt_id: UUID, lead: PageLead, viewer: User) -> TimelineEntry:
    """One entry of the person's timeline."""
    attempt = annotated(ContactAttempt.objects.filter(lead_id__in=[lead.id, *record_names(lead)])).get(pk=attempt_id)
    return entry(cast("TimelineAttempt", attempt), lead, viewer, timezone.now())


def read_blocks(reader: BlockReader, place: TimelinePlace, size: int) -> list[Block]:
    if place.spans:
        return [reader.again(span) for span in place.spans]
    if place.after or place.oldest:
        return [reader.up(place.after, BLOCK_SIZE)]
    before = boundary_of(place, reader.lead, reader.filters)
    if place.whole:
        return reader.all(before, MOST_SHOWN)
    return [reader.down(before, BLOCK_SIZE if before else size)]


def page_url(lead: PageLead, filters: Filters, **place: str) -> str:
    return address_of("lead", lead, filters, place)


def timeline_url(lead: PageLead, filters: Filters, **place: str) -> str:
    return address_of("lead_timeline", lead, filters, place)


def history_url(lead: PageLead, filters: Filters, **place: str) -> str:
    return address_of("lead_history", lead, filters, place)


def address_of(name: str, lead: PageLead, filters: Filters, place: dict[str, str]) -> str:
    params = {name: value for name, value in {**filters._asdict(), **place}.items() if value}
    return reverse(name, args=[lead.id]) + (f"?{urlencode(params)}" if params else "")


def method_counts(lead: PageLead) -> dict[ContactMethod, int]:
    """How many entries there are of each method that has any, the voided too."""
    counts: Counter[str] = Counter()
    for row in [*lead.live_counts, *lead.voided_counts]:
        counts[row["method"]] += row["count"]
    return {method: counts[method.value] for method in ContactMethod if method.value in counts}


def filter_choices(lead: PageLead, filters: Filters, counts: dict[ContactMethod, int]) -> list[FilterChoice]:
    def choice(method: str, label: str, icon: str, count: int) -> FilterChoice:
        url = page_url(lead, filters._replace(method=method))
        return FilterChoice(method or "all", label, icon, count, url, method == filters.method)

    each = [choice(method.value, method.label, method.words.icon, count) for method, count in counts.items()]
    return [choice("", "All", "", sum(counts.values())), *each]


def day_words(blocks: list[Block], day: date | None) -> str:
    """That there is nothing on the day one jumped to."""
    first = next((shown.code for block in blocks for shown in block.days), "")
    if day is None or first == day.isoformat():
        return ""
    return f"Nothing on {day:%A} {day.day} {day:%B %Y}." + (" This came before it:" if first else "")


def empty_words(lead: PageLead, filters: Filters) -> str:
    """ "No calls here.", "No emails from Dana here.", "Nothing from us here."."""
    what = f"No {ContactMethod(filters.method).words.plural}" if filters.method else "Nothing"
    return f"{what}{from_whom(filters, lead)} here."


def filter_words(lead: PageLead, filters: Filters) -> str:
    """ "Calls", "Emails from Dana", "Contacts from us"."""
    what = ContactMethod(filters.method).words.plural if filters.method else "contacts"
    return f"{what[:1].upper()}{what[1:]}{from_whom(filters, lead)}"
