"""The names of people and organizations in the demo, and what the organizations trade in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from random import Random

from outreach.demo.texts import lines

FIRST_NAMES = lines("first_names")
LAST_NAMES = lines("last_names")
JOB_TITLES = lines("job_titles")
SOURCES = lines("sources")
NOTES = lines("notes")
STEMS = lines("organization_stems")
LEGAL_FORMS = ["GmbH", "AG", "Ltd", "BV", "AB", "KG", "Inc"]


@dataclass(frozen=True)
class Trade:
    """What an organization does and what its customers order from it."""

    name: str
    industry: str
    goods: str


TRADES = [
    Trade("Logistics", "Logistics", "loading slots"),
    Trade("Foods", "Food", "weekly grocery pallets"),
    Trade("Packaging", "Packaging", "cartons and film"),
    Trade("Instruments", "Medical devices", "lab consumables"),
    Trade("Tools", "Industrial supply", "spare parts"),
    Trade("Textiles", "Textiles", "seasonal collections"),
    Trade("Coffee", "Food", "roast orders"),
    Trade("Cycles", "Sporting goods", "bicycle parts"),
    Trade("Lighting", "Electrical", "fittings"),
    Trade("Paper", "Stationery", "office supplies"),
]


@dataclass(frozen=True)
class Organization:
    name: str
    domain: str
    industry: str
    goods: str

    @property
    def short(self) -> str:
        """As people say it in a message: without the legal form."""
        words = self.name.split()
        return " ".join(words[:-1]) if words[-1] in LEGAL_FORMS else self.name


ACME = Organization("Acme Ltd", "acme.example", "Industrial supply", "spare parts")
ACME_GMBH = Organization("Acme GmbH", "acme.example", "Industrial supply", "spare parts")
KONTOR = Organization("Kontor AG", "kontor.example", "Stationery", "office supplies")
BRIGHTLINE = Organization("Brightline Lighting", "brightline.example", "Electrical", "fittings")
NORRSKEN = Organization("Norrsken Textil AB", "norrsken.example", "Textiles", "seasonal collections")
PARCELO = Organization("Parcelo BV", "parcelo.example", "Logistics", "loading slots")
MORAVIA = Organization("Moravia Steel", "moravia-steel.example", "Industrial supply", "cut profiles")
HANABI = Organization("Hanabi Labs", "hanabi.example", "Medical devices", "lab consumables")
LAGOS = Organization("Lagos Freight", "lagosfreight.example", "Logistics", "container bookings")
ZENITH = Organization("Zenith Coffee Inc", "zenithcoffee.example", "Food", "roast orders")
FIELDNOTE = Organization("Fieldnote Paper", "fieldnote.example", "Stationery", "notebooks")
SOUK = Organization("Souk Online", "souk.example", "Food", "spice orders")

# Where several people are leads: messages to one of them show on the pages of the others.
SHARED = [ACME, KONTOR, BRIGHTLINE, NORRSKEN, PARCELO]


def shuffled_names(rng: Random) -> list[tuple[str, str]]:
    names = list(product(FIRST_NAMES, LAST_NAMES))
    return rng.sample(names, len(names))


def shuffled_organizations(rng: Random) -> list[Organization]:
    """ "Kestrel Packaging GmbH" and many more, no two with the same domain."""
    pairs = [(stem, trade) for stem in STEMS for trade in rng.sample(TRADES, 4)]
    rng.shuffle(pairs)
    return [
        Organization(
            name=f"{stem} {trade.name} {rng.choice(LEGAL_FORMS)}",
            domain=f"{stem}-{trade.name}.example".lower(),
            industry=trade.industry,
            goods=trade.goods,
        )
        for stem, trade in pairs
    ]
