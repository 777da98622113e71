"""The manager goes through what was logged against the guard: most of it is accepted, some of it is not acceptable."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from outreach.demo.cast import Cast
from outreach.demo.story import Story
from outreach.demo.texts import lines
from outreach.models import GuardDecision, ReviewVerdict

ACCEPTED_NOTES = lines("review_accepted")
NOT_ACCEPTABLE_NOTES = lines("review_not_acceptable")
NOT_ACCEPTABLE = 0.15
WITH_A_NOTE = 0.25


def review_older(story: Story, cast: Cast, decisions: list[GuardDecision], unreviewed: timedelta) -> None:
    """Review those of these decisions that are older than `unreviewed`, with one verdict for each contact."""
    older = [decision for decision in decisions if decision.attempt and decision.created_at < story.now - unreviewed]
    for _, of_contact in groupby(older, key=lambda decision: decision.attempt_id):
        review_contact(story, cast, list(of_contact))


def review_contact(story: Story, cast: Cast, decisions: list[GuardDecision]) -> None:
    rng, manager = story.rng, cast.people[-1]
    verdict = ReviewVerdict.NOT_ACCEPTABLE if rng.random() < NOT_ACCEPTABLE else ReviewVerdict.ACCEPTED
    notes = NOT_ACCEPTABLE_NOTES if verdict == ReviewVerdict.NOT_ACCEPTABLE else ACCEPTED_NOTES
    note = rng.choice(notes) if verdict == ReviewVerdict.NOT_ACCEPTABLE or rng.random() < WITH_A_NOTE else ""
    at = cast.hours.settle(decisions[0].created_at + timedelta(hours=rng.uniform(1, 30)), rng)
    for decision in decisions:
        decision.review, decision.review_note = verdict, note
        decision.reviewed_by, decision.reviewed_by_name = manager, manager.name
        decision.reviewed_at = min(at, story.now)
