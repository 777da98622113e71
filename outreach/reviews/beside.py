"""Two messages side by side: how alike they are, and which passages of them."""

from __future__ import annotations

from dataclasses import dataclass

from leads.models import Lead
from outreach.guard.alike import Passage, alike_parts
from outreach.guard.similarity import MessageText, likeness


@dataclass(frozen=True)
class MessagesBeside:
    """Subject and body of both, cut into the passages that stand in the other one too and those that do not."""

    percent: int | None
    mine: tuple[list[Passage], list[Passage]]
    theirs: tuple[list[Passage], list[Passage]]


def beside(mine: MessageText, theirs: MessageText | None, *, percent: int | None, leads: list[Lead]) -> MessagesBeside:
    """Compare the message that was logged with the earlier one.

    percent: as the guard measured it, if it did; else it is measured here, the names of the leads aside. None when
    one of them says nothing.
    """
    if theirs is None:
        return MessagesBeside(None, (whole(mine.subject), whole(mine.body)), ([], []))
    subjects, bodies = alike_parts(mine.subject, theirs.subject), alike_parts(mine.body, theirs.body)
    if percent is None and has_words(mine) and has_words(theirs):
        names = [name for lead in leads for name in (lead.name, lead.organization)]
        percent = likeness(mine, theirs, names)
    return MessagesBeside(percent, (subjects[0], bodies[0]), (subjects[1], bodies[1]))


def whole(text: str) -> list[Passage]:
    return [Passage(text, alike=False)] if text else []


def has_words(text: MessageText) -> bool:
    return bool(text.subject.strip() or text.body.strip())
