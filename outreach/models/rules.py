"""The guard's rules, each with its words. A new rule is one more entry here, in both places, and a function in
outreach/guard/rules.py."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


class Rule(models.TextChoices):
    DO_NOT_CONTACT = "do_not_contact", "Do not contact"
    COOLDOWN = "cooldown", "Cooldown"
    UNSEEN = "unseen", "Unseen"
    SIMILAR = "similar", "Similar message"
    RECENT = "recent", "Recent"
    CLAIMED = "claimed", "Claimed"
    ORGANIZATION = "organization", "Same organization"
    OTHER_METHOD = "other_method", "Other method"

    @property
    def words(self) -> RuleWords:
        return RULE_WORDS[self]


@dataclass(frozen=True)
class RuleWords:
    short: str  # "rule: recent contact, similar message"
    says: str = ""  # "The rule is one at a time"; empty where its words follow from its numbers, or nothing is ruled
    blocks: bool = False  # whoever went past it overrode a block
    only_informs: bool = False  # it holds nobody back, so no decision names it
    about_others: bool = False  # the contact it speaks of is with somebody else at the organization


RULE_WORDS: dict[str, RuleWords] = {
    Rule.DO_NOT_CONTACT: RuleWords(short="do not contact", blocks=True),
    Rule.COOLDOWN: RuleWords(short="cooldown", blocks=True),
    Rule.UNSEEN: RuleWords(short="new since the page was opened", says="to read it first"),
    Rule.SIMILAR: RuleWords(short="similar message"),
    Rule.RECENT: RuleWords(short="recent contact"),
    Rule.CLAIMED: RuleWords(short="colleague writing", says="one at a time"),
    Rule.ORGANIZATION: RuleWords(short="same organization", about_others=True),
    Rule.OTHER_METHOD: RuleWords(short="other method", only_informs=True),
}
