"""The messages and notes of the demo, read from the files of `words/`.

A file of texts has "= Subject | note" before each text. Placeholders in them: {first} the lead, {org} their
organization, {goods} what its customers order, {me} the rep, {us} the rep's company.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leads.methods import ContactMethod

WORDS = Path(__file__).parent / "words"


@dataclass(frozen=True)
class DemoText:
    subject: str
    body: str
    note: str = ""

    def filled(self, words: dict[str, str]) -> DemoText:
        return DemoText(self.subject.format(**words), self.body.format(**words), self.note)

    def metadata(self) -> dict[str, str]:
        """A call's note, "18 min, reached", as the fields a dialer would send."""
        duration, _, outcome = self.note.partition(", ")
        return {"duration": duration, "outcome": outcome} if outcome else {}


def lines(name: str) -> list[str]:
    return (WORDS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def texts(name: str) -> list[DemoText]:
    blocks = ("\n" + (WORDS / f"{name}.txt").read_text(encoding="utf-8")).split("\n=")[1:]
    return [as_text(block) for block in blocks]


def of_each_method(name: str) -> dict[str, list[DemoText]]:
    """The texts of every method that has such a file; name: "{}_reply" for call_reply.txt and the like."""
    files: dict[str, str] = {method: name.format(method) for method in ContactMethod}
    return {method: texts(file) for method, file in files.items() if (WORDS / f"{file}.txt").is_file()}


def as_text(block: str) -> DemoText:
    heading, _, body = block.partition("\n")
    subject, _, note = heading.partition(" | ")
    return DemoText(subject.strip(), body.strip(), note.strip())


# What a rep says. A method without a file of its own does not occur in the demo.
ANY_TIME = of_each_method("{}")
FIRST_WORDS = {**ANY_TIME, **of_each_method("{}_first")}
LATER_WORDS = {**ANY_TIME, **of_each_method("{}_later")}
# What a rep writes back once the lead has answered.
ANSWERS = of_each_method("{}_answer")
# What a lead answers.
REPLIES = of_each_method("{}_reply")
OVERRIDE_REASONS = lines("override_reasons")
