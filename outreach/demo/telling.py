"""Tells the whole story in memory. The same seed and the same now give the same story."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from leads.methods import ContactMethod
from outreach.demo import cast as roles
from outreach.demo.crowd import tell_crowd
from outreach.demo.fresh import tell_fresh
from outreach.demo.names import ACME
from outreach.demo.people import DemoPeople
from outreach.demo.plot import TELLERS, Plot
from outreach.demo.reviewing import review_older
from outreach.demo.story import Story
from outreach.demo.texts import FIRST_WORDS

SEED = 20260210
CROWD = 186
RIVAL_CROWD = 6
# Decisions younger than this are not reviewed yet: some of every kind.
PLOT_UNREVIEWED = timedelta(days=11)
CROWD_UNREVIEWED = timedelta(days=2)


def tell(now: datetime, *, seed: int = SEED, password: str = "!") -> Story:
    """Both companies with all that happened in them up to `now`. password: the hash everybody gets."""
    story = Story(rng=Random(seed), now=now)
    tell_northwind(story, password)
    tell_rival(story, password)
    roles.staff(story, password)
    story.number_versions()
    return story


def tell_northwind(story: Story, password: str) -> None:
    cast = roles.northwind(story, password)
    people = DemoPeople(story, cast)
    for teller in TELLERS:
        teller(Plot(cast, people))
    plotted = len(story.decisions)
    tell_fresh(cast, tell_crowd(story, cast, people, CROWD))
    review_older(story, cast, story.decisions[:plotted], PLOT_UNREVIEWED)
    review_older(story, cast, story.decisions[plotted:], CROWD_UNREVIEWED)


def tell_rival(story: Story, password: str) -> None:
    """The same Dana Miller is a lead here too: neither company learns of the other's contacts."""
    cast = roles.rival(story, password)
    (charlie,) = cast.people
    people = DemoPeople(story, cast)
    since = story.now - timedelta(days=30)
    dana = people.named(
        "Dana",
        "Miller",
        "Head of Engineering",
        ACME,
        owner=charlie,
        since=since,
        emails=["dana@acme.example"],
    )
    dana.contact(charlie, ContactMethod.EMAIL, cast.hours.at(1, 11, 30), FIRST_WORDS[ContactMethod.EMAIL][2])
    tell_crowd(story, cast, people, RIVAL_CROWD)
