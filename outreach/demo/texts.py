"""What is written and noted in the demo, read from the files of `words/`.

A file of texts has "= Subject | note" before each text. Placeholders in them: {first} the lead, {org} their
organization, {goods} what its customers order, {me} the rep, {us} the rep's company.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leads.methods import ContactMethod

WORDS = Path(__file__).parent / "words"


@dataclass(frozen=True)
class Text:
    subject: str
    body: str
    note: str = ""

    def filled(self, words: dict[str, str]) -> Text:
        return Text(self.subject.format(**words), self.body.format(**words), self.note)

    def metadata(self) -> dict[str, str]:
        """A call's note, "18 min, reached", as the fields a dialer would send."""
        duration, _, outcome = self.note.partition(", ")
        return {"duration": duration, "outcome": outcome} if outcome else {}


def lines(name: str) -> list[str]:
    return (WORDS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def texts(name: str) -> list[Text]:
    blocks = ("\n" + (WORDS / f"{name}.txt").read_text(encoding="utf-8")).split("\n=")[1:]
    return [as_text(block) for block in blocks]


def as_text(block: str) -> Text:
    heading, _, body = block.partition("\n")
    subject, _, note = heading.partition(" | ")
    return Text(subject.strip(), body.strip(), note.strip())


FIRST_WORDS = {
    ContactMethod.EMAIL: texts("email_first"),
    ContactMethod.LINKEDIN: texts("linkedin"),
    ContactMethod.CALL: texts("call"),
    ContactMethod.SMS: texts("sms"),
    ContactMethod.OTHER: texts("other"),
}
LATER_WORDS = {**FIRST_WORDS, ContactMethod.EMAIL: texts("email_later")}
# What a rep writes back once the lead has answered.
ANSWERS = {ContactMethod.EMAIL: texts("email_answer"), ContactMethod.LINKEDIN: texts("linkedin_answer")}
# What a lead answers.
REPLIES = {method: texts(f"{method.value}_reply") for method in ContactMethod}
OVERRIDE_REASONS = lines("override_reasons")
