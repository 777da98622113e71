"""What identifies a person: emails, phones and profiles, and the one spelling by which two are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from crm.text import FORBIDDEN
from leads.models import FormerIdentifier, IdentifierKind, Lead, LeadIdentifier

# Where a dot in the mailbox name means nothing; the second name is the same service.
DOTLESS_MAIL = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

# An identifier as it was typed, and in the one spelling by which two are compared.
ValuePair = tuple[str, str]
# The pairs of each kind of identifier.
Identifiers = Mapping[str, Sequence[ValuePair]]

# By kind, the spellings of the addresses a lead has, by their values.
KnownAddresses = Mapping[str, Mapping[str, str]]
NOTHING: Mapping[str, str] = MappingProxyType({})

MAX_IDENTIFIERS = 20
MAX_LENGTH = 500

is_email = EmailValidator(allowlist=[])

NOT_AN_EMAIL = "“%(value)s” is not an email address."
NOT_A_PHONE = "“%(value)s” is not a phone number."
NOT_A_PHONE_HERE = "“%(value)s” is not a %(region)s phone number. Begin one from elsewhere with + and its country code."
NOT_LINKEDIN = "“%(value)s” is not on LinkedIn. Use an address such as linkedin.com/in/dana-miller."
NOT_A_PROFILE = "“%(value)s” is not a public LinkedIn profile. Use an address such as linkedin.com/in/dana-miller."


def clean_identifiers(kind: str, text: str, region: str, known: Mapping[str, str] = NOTHING) -> list[ValuePair]:
    """Return the (value, normalised) pairs of a text with one value per line, each person's address once.

    known: spellings of values that were cleaned before, perhaps as of another region; they stay.
    Raises ValidationError with one sentence per line that cannot be read, or for too many lines.
    """
    pairs: dict[str, str] = {}
    errors = []
    for number, line in enumerate(text.splitlines(), start=1):
        if value := line.strip():
            try:
                pairs.setdefault(known.get(value) or normalise(kind, value, region), value)
            except ValidationError as error:
                errors.append(ValidationError(f"Line {number}: {error.messages[0]}", code=error.code))
    if len(pairs) > MAX_IDENTIFIERS:
        errors.append(ValidationError(f"At most {MAX_IDENTIFIERS}.", code="too_many"))
    if errors:
        raise ValidationError(errors)
    return [(value, normalised) for normalised, value in pairs.items()]


def set_identifiers(lead: Lead, kind: str, pairs: Sequence[ValuePair]) -> bool:
    """Make these the lead's identifiers of that kind, in this order. Return whether anything changed.

    An identifier that is taken away is kept as a former one: its history still counts.
    """
    old = {identifier.normalised: identifier for identifier in lead.identifiers.filter(kind=kind)}
    new = {identifier.normalised: identifier for identifier in new_identifiers(lead, kind, pairs)}
    in_order = sorted(old.values(), key=position_key)
    if [(identifier.value, identifier.normalised) for identifier in in_order] == list(pairs):
        return False
    make_former([identifier for normalised, identifier in old.items() if normalised not in new])
    LeadIdentifier.objects.bulk_create(identifier for normalised, identifier in new.items() if normalised not in old)
    for normalised in old.keys() & new.keys():
        changed = new[normalised]
        LeadIdentifier.objects.filter(pk=old[normalised].pk).update(value=changed.value, position=changed.position)
    return True


def known_addresses(lead: Lead) -> KnownAddresses:
    known: dict[str, dict[str, str]] = {}
    for identifier in lead.identifiers.all():
        known.setdefault(identifier.kind, {})[identifier.value] = identifier.normalised
    return known


def pairs_of(lead: Lead, kind: str) -> list[ValuePair]:
    """The lead's identifiers of this kind, in their order."""
    in_order = sorted(lead.identifiers.filter(kind=kind), key=position_key)
    return [(identifier.value, identifier.normalised) for identifier in in_order]


def merged(shown: Sequence[ValuePair], typed: Sequence[ValuePair], present: Sequence[ValuePair]) -> list[ValuePair]:
    """The addresses as typed on a page that showed these, with what others have added and removed meanwhile."""
    shown_keys, present_keys = ({normalised for _, normalised in pairs} for pairs in (shown, present))
    typed_keys = {normalised for _, normalised in typed}
    kept = [pair for pair in typed if pair[1] in present_keys or pair[1] not in shown_keys]
    return kept + [pair for pair in present if pair[1] not in shown_keys | typed_keys]


def position_key(identifier: LeadIdentifier) -> tuple[int, str]:
    return identifier.position, str(identifier.id)


def make_former(identifiers: Sequence[LeadIdentifier]) -> None:
    """Take these from their leads. The history of the person reached by them still counts."""
    FormerIdentifier.objects.bulk_create(
        FormerIdentifier(
            company_id=identifier.company_id,
            lead_id=identifier.lead_id,
            kind=identifier.kind,
            person_key=identifier.person_key,
            since=identifier.since,
        )
        for identifier in identifiers
    )
    LeadIdentifier.objects.filter(pk__in=[identifier.pk for identifier in identifiers]).delete()


def new_identifiers(lead: Lead, kind: str, pairs: Sequence[ValuePair], **fields: object) -> list[LeadIdentifier]:
    """The rows for these pairs, not yet saved; a repeated address keeps its first place.

    fields: further columns, the same for every row.
    """
    unique: dict[str, str] = {}
    for value, normalised in pairs:
        unique.setdefault(normalised, value)
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
        for position, (normalised, value) in enumerate(unique.items())
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
        raise unreadable(NOT_AN_EMAIL, text) from None
    return address


def normalise_phone(text: str, region: str) -> str:
    """The number in E.164, read as of the region unless it has a country code.

    An extension stays, as in +14155550100;ext=12: colleagues behind one switchboard are not one person.
    """
    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException:
        raise unreadable(NOT_A_PHONE, text) from None
    if not phonenumbers.is_valid_number(number):
        message = NOT_A_PHONE if text.strip().startswith("+") else NOT_A_PHONE_HERE
        raise unreadable(message, text, region=region)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164


def dial_code(region: str) -> str:
    """What a phone number without a country code begins with in this region: "+49" for "DE"."""
    return f"+{phonenumbers.country_code_for_region(region)}"


def normalise_profile(text: str) -> str:
    """The slug of a public LinkedIn profile in lower case, from any spelling of its address."""
    path = profile_path(text)
    match = re.match(r"/+(?:(?:mwlite|comm)/+)?in/+(?P<slug>[^/]+)", path, flags=re.IGNORECASE)
    if not match:
        raise unreadable(NOT_A_PROFILE, text)
    try:
        slug = unicodedata.normalize("NFC", unquote(match["slug"], errors="strict").strip().lower())
    except UnicodeDecodeError:
        raise unreadable(NOT_A_PROFILE, text) from None
    if not slug or any(is_forbidden(character) for character in slug):
        raise unreadable(NOT_A_PROFILE, text)
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
        raise unreadable(NOT_A_PROFILE, text) from None
    if parts.scheme not in ("http", "https") or not f".{host}".endswith(".linkedin.com"):
        raise unreadable(NOT_LINKEDIN, text)
    return parts.path


def is_forbidden(character: str) -> bool:
    return character in "/?#%\\" or character.isspace() or bool(FORBIDDEN.match(character))


def unreadable(message: str, value: str, **params: str) -> ValidationError:
    """The error that says what is wrong with a typed value, which it quotes up to 80 characters long."""
    shown = value.strip()
    return ValidationError(
        message,
        code="unreadable",
        params={"value": shown if len(shown) <= 80 else shown[:79] + "…", **params},
    )
