"""The ways to contact a lead, each with all its words. A new method is one more entry here, in both places."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


class ContactMethod(models.TextChoices):
    EMAIL = "email", "Email"
    LINKEDIN = "linkedin", "LinkedIn"
    CALL = "call", "Call"
    SMS = "sms", "SMS"
    OTHER = "other", "Other"

    @property
    def words(self) -> MethodWords:
        return METHOD_WORDS[self]

    @property
    def inline(self) -> str:
        """Its label inside a sentence: "email", "LinkedIn", "SMS"."""
        return self.label if self.label[1:] != self.label[1:].lower() else self.label.lower()


# Their codes. An enum makes its list of values anew each time.
METHODS = ContactMethod.values


@dataclass(frozen=True)
class MethodWords:
    icon: str
    key: str  # the shortcut that logs a contact by this method
    did: str  # "Alice Jones emailed this lead"
    done: str  # "Alice Jones emailed yesterday at 14:00"
    passive: str  # "This lead was emailed 2 days ago by Alice Jones"
    timeline: str  # "Alice Jones sent an email"
    answered: str  # "Dana Miller replied by email"
    began: str  # "Dana Miller sent an email", not in answer to anything
    noun: str  # "one email per 24 hours"
    plural: str
    forbidden: str  # "Do not text"
    instead: str  # "Call instead"
    never: str  # "nobody has called"
    writing: str  # "Alice Jones is writing an email"
    writing_to: str  # "Alice Jones is writing an email to this person"
    outbound: str  # "I called Dana"
    inbound: str  # "Dana called"
    just_did: str  # "Alice just recorded that this lead called"
    already: str  # "I already sent it"
    # What `did` leaves open: "Nobody contacted Dana another way".
    how: str = ""
    is_spoken: bool = False  # nothing is written, so nothing is like what a colleague wrote


METHOD_WORDS: dict[str, MethodWords] = {
    ContactMethod.EMAIL: MethodWords(
        icon="mail",
        key="e",
        did="emailed",
        done="emailed",
        passive="emailed",
        timeline="sent an email",
        answered="replied by email",
        began="sent an email",
        noun="email",
        plural="emails",
        forbidden="email",
        instead="Email instead",
        never="nobody has emailed",
        writing="writing an email",
        writing_to="writing an email to",
        outbound="I wrote to",
        inbound="wrote",
        just_did="wrote",
        already="sent it",
    ),
    ContactMethod.LINKEDIN: MethodWords(
        icon="linkedin",
        key="l",
        did="wrote on LinkedIn to",
        done="wrote",
        passive="written to on LinkedIn",
        timeline="wrote on LinkedIn",
        answered="replied on LinkedIn",
        began="wrote on LinkedIn",
        noun="LinkedIn message",
        plural="LinkedIn messages",
        forbidden="write on LinkedIn",
        instead="Write on LinkedIn instead",
        never="nobody has written",
        writing="writing on LinkedIn",
        writing_to="writing on LinkedIn to",
        outbound="I wrote to",
        inbound="wrote",
        just_did="wrote on LinkedIn",
        already="sent it",
    ),
    ContactMethod.CALL: MethodWords(
        icon="phone",
        key="c",
        did="called",
        done="called",
        passive="called",
        timeline="called",
        answered="called back",
        began="called",
        noun="call",
        plural="calls",
        forbidden="call",
        instead="Call instead",
        never="nobody has called",
        writing="calling",
        writing_to="calling",
        outbound="I called",
        inbound="called",
        just_did="called",
        already="called",
        is_spoken=True,
    ),
    ContactMethod.SMS: MethodWords(
        icon="message-square",
        key="s",
        did="texted",
        done="texted",
        passive="texted",
        timeline="sent an SMS",
        answered="replied by SMS",
        began="sent an SMS",
        noun="SMS",
        plural="SMS",
        forbidden="text",
        instead="Text instead",
        never="nobody has texted",
        writing="writing an SMS",
        writing_to="writing an SMS to",
        outbound="I texted",
        inbound="texted",
        just_did="texted",
        already="sent it",
    ),
    ContactMethod.OTHER: MethodWords(
        icon="ellipsis",
        key="o",
        did="contacted",
        done="made contact",
        passive="contacted another way",
        timeline="made contact another way",
        answered="replied another way",
        began="made contact another way",
        noun="other contact",
        plural="other contacts",
        forbidden="contact another way",
        instead="Contact another way",
        never="nothing logged",
        writing="making contact",
        writing_to="making contact with",
        outbound="I contacted",
        inbound="contacted us",
        just_did="made contact",
        already="sent it",
        how="another way",
    ),
}

SPOKEN = [method for method in ContactMethod if method.words.is_spoken]
