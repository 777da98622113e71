"""Two messages side by side: how alike they are, and which passages of them."""

from __future__ import annotations

from dataclasses import dataclass

from leads.models import Lead
from outreach.guard.alike import Part, alike_parts
from outreach.guard.similarity import Text, likeness


@dataclass(frozen=True)
class Beside:
    """Subject and body of both, cut into the passages that stand in the other one too and those that do not."""

    percent: int | None
    mine: tuple[list[Part], list[Part]]
    theirs: tuple[list[Part], list[Part]]


def beside(mine: Text, theirs: Text | None, *, percent: int | None, leads: list[Lead]) -> Beside:
    """Compare the message that was logged with the earlier one.

    percent: as the guard measured it, if it did; else it is measured here, the names of the leads aside. None when
    one of them says nothing.
    """
    if theirs is None:
        return Beside(None, (whole(mine.subject), whole(mine.body)), ([], []))
    subjects, bodies = alike_parts(mine.subject, theirs.subject), alike_parts(mine.body, theirs.body)
    if percent is None and has_words(mine) and has_words(theirs):
        names = [name for lead in leads for name in (lead.name, lead.organization)]
        percent = likeness(mine, theirs, names)
    return Beside(percent, (subjects[0], bodies[0]), (subjects[1], bodies[1]))


def whole(text: str) -> list[Part]:
    return [Part(text, alike=False)] if text else []


def has_words(text: Text) -> bool:
    return bool(text.subject.strip() or text.body.strip())
