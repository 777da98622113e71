"""What identifies a person: emails, phones and profiles, and the one spelling by which two are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from crm.text import FORBIDDEN
from leads.models import FormerIdentifier, IdentifierKind, Lead, LeadIdentifier

# Where a dot in the mailbox name means nothing; the second name is the same service.
DOTLESS_MAIL = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

MAX_IDENTIFIERS = 20
MAX_LENGTH = 500

is_email = EmailValidator(allowlist=[])

NOT_AN_EMAIL = "“%(value)s” is not an email address."
NOT_A_PHONE = "“%(value)s” is not a phone number."
NOT_A_PHONE_HERE = "“%(value)s” is not a %(region)s phone number. Begin one from elsewhere with + and its country code."
NOT_LINKEDIN = "“%(value)s” is not on LinkedIn. Use an address such as linkedin.com/in/dana-miller."
NOT_A_PROFILE = "“%(value)s” is not a public LinkedIn profile. Use an address such as linkedin.com/in/dana-miller."


def clean_identifiers(kind: str, text: str, region: str) -> list[tuple[str, str]]:
    """Return the (value, normalised) pairs of a text with one value per line, each person's address once.

    Raises ValidationError with one sentence per line that cannot be read, or for too many lines.
    """
    pairs: dict[str, str] = {}
    errors = []
    for number, line in enumerate(text.splitlines(), start=1):
        if value := line.strip():
            try:
                pairs.setdefault(normalise(kind, value, region), value)
            except ValidationError as error:
                errors.append(ValidationError(f"Line {number}: {error.messages[0]}", code=error.code))
    if len(pairs) > MAX_IDENTIFIERS:
        errors.append(ValidationError(f"At most {MAX_IDENTIFIERS}, one per line.", code="too_many"))
    if errors:
        raise ValidationError(errors)
    return [(value, normalised) for normalised, value in pairs.items()]


def set_identifiers(lead: Lead, kind: str, pairs: Sequence[tuple[str, str]]) -> bool:
    """Make these the lead's identifiers of that kind, in this order. Return whether anything changed.

    What is given up is kept as a former identifier, for its history.
    """
    found = {one.normalised: one for one in lead.identifiers.filter(kind=kind)}
    wanted = {one.normalised: one for one in new_identifiers(lead, kind, pairs)}
    if [(one.value, one.normalised) for one in sorted(found.values(), key=place)] == list(pairs):
        return False
    give_up([one for normalised, one in found.items() if normalised not in wanted])
    LeadIdentifier.objects.bulk_create(one for normalised, one in wanted.items() if normalised not in found)
    for normalised in found.keys() & wanted.keys():
        new = wanted[normalised]
        LeadIdentifier.objects.filter(pk=found[normalised].pk).update(value=new.value, position=new.position)
    return True


def place(one: LeadIdentifier) -> tuple[int, str]:
    return one.position, str(one.id)


def give_up(identifiers: Sequence[LeadIdentifier]) -> None:
    """Take these from their leads. What was said to whoever was reached by them still counts."""
    FormerIdentifier.objects.bulk_create(
        FormerIdentifier(
            company_id=one.company_id, lead_id=one.lead_id, kind=one.kind, person_key=one.person_key, since=one.since
        )
        for one in identifiers
    )
    LeadIdentifier.objects.filter(pk__in=[one.pk for one in identifiers]).delete()


def new_identifiers(lead: Lead, kind: str, pairs: Sequence[tuple[str, str]], **fields: object) -> list[LeadIdentifier]:
    """The rows for these pairs, not yet saved; a repeated address keeps its first place."""
    once: dict[str, str] = {}
    for value, normalised in pairs:
        once.setdefault(normalised, value)
    return [
        LeadIdentifier(
            company_id=lead.company_id,
            lead=lead,
            kind=kind,
            value=value,
            normalised=normalised,
            person_key=person_key(kind, normalised),
            position=position,
            **fields,
        )
        for position, (normalised, value) in enumerate(once.items())
    ]


def person_key(kind: str, normalised: str) -> str:
    """What two identifiers of one person have in common: the mailbox behind an email, else the identifier itself.

    A tag (dana+news@) leads to the same mailbox everywhere, and dots to the same one at Gmail.
    """
    if kind != IdentifierKind.EMAIL:
        return normalised
    local, _, domain = normalised.rpartition("@")
    mailbox = local.partition("+")[0] or local
    if domain in DOTLESS_MAIL:
        mailbox, domain = mailbox.replace(".", "") or mailbox, DOTLESS_MAIL[domain]
    return f"{mailbox}@{domain}"


def normalise(kind: str, value: str, region: str) -> str:
    """The one spelling of this email, phone or profile. Raises ValidationError saying what is wrong."""
    if kind == IdentifierKind.EMAIL:
        normalised = normalise_email(value)
    elif kind == IdentifierKind.PHONE:
        normalised = normalise_phone(value, region)
    else:
        normalised = normalise_profile(value)
    if max(len(value), len(normalised)) > MAX_LENGTH:
        raise ValidationError(f"At most {MAX_LENGTH} characters.", code="too_long")
    return normalised


def normalise_email(text: str) -> str:
    """The address trimmed and in lower case, its domain in ASCII. Tags (+news) and dots stay: see `person_key`."""
    try:
        local, _, domain = text.strip().lower().rpartition("@")
        address = f"{local}@{domain.encode('idna').decode('ascii')}"
        is_email(address)
    except (UnicodeError, ValidationError):
        raise refused(NOT_AN_EMAIL, text) from None
    return address


def normalise_phone(text: str, region: str) -> str:
    """The number in E.164, read as of the region unless it has a country code.

    An extension stays, as in +14155550100;ext=12: colleagues behind one switchboard are not one person.
    """
    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException:
        raise refused(NOT_A_PHONE, text) from None
    if not phonenumbers.is_valid_number(number):
        message = NOT_A_PHONE if text.strip().startswith("+") else NOT_A_PHONE_HERE
        raise refused(message, text, region=region)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164


def normalise_profile(text: str) -> str:
    """The slug of a public LinkedIn profile in lower case, from any spelling of its address."""
    path = profile_path(text)
    found = re.match(r"/+(?:mwlite/+)?in/+([^/]+)", path, flags=re.IGNORECASE)
    if not found:
        raise refused(NOT_A_PROFILE, text)
    try:
        slug = unicodedata.normalize("NFC", unquote(found[1], errors="strict").strip().lower())
    except UnicodeDecodeError:
        raise refused(NOT_A_PROFILE, text) from None
    if not slug or any(is_unfit(character) for character in slug):
        raise refused(NOT_A_PROFILE, text)
    return slug


def profile_path(text: str) -> str:
    """The path of an address on linkedin.com, or of one written without its host: in/dana-miller."""
    address = text.strip()
    if re.match(r"/?in/", address, flags=re.IGNORECASE):
        address = "linkedin.com/" + address.lstrip("/")
    try:
        parts = urlsplit(address if "://" in address.split("?")[0] else "https://" + address.lstrip("/"))
        host = parts.hostname or ""
    except ValueError:
        raise refused(NOT_A_PROFILE, text) from None
    if parts.scheme not in ("http", "https") or not f".{host}".endswith(".linkedin.com"):
        raise refused(NOT_LINKEDIN, text)
    return parts.path


def is_unfit(character: str) -> bool:
    return character in "/?#%\\" or character.isspace() or bool(FORBIDDEN.match(character))


def refused(message: str, value: str, **params: str) -> ValidationError:
    shown = value.strip()
    return ValidationError(
        message,
        code="unreadable",
        params={"value": shown if len(shown) <= 80 else shown[:79] + "…", **params},
    )
