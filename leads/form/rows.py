"""Addresses as the page has them, a row each: what was typed or pasted, what is wrong with it, how it is compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError

from leads.addresses import NOTHING, ValuePair, normalise, person_key
from leads.models import IdentifierKind

# Invisible characters that come along with what is copied from a page, a chat or a spreadsheet.
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
BLANKS = re.compile("[\u00a0\u2007\u202f\t]")
# Where one row may hold several; the extension of a number is written with a semicolon, too.
BREAKS = {
    IdentifierKind.EMAIL: re.compile(r"[;,\n]"),
    IdentifierKind.PHONE: re.compile(r"\n|[;,](?!\s*ext)", re.IGNORECASE),
    IdentifierKind.PROFILE: re.compile(r"[;\n]|,\s+|\s+(?=\S*linkedin\.com/)"),
}
IN_BRACKETS = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
EXTENSIONS = re.compile(r"\b(?:poste|durchwahl|nebenstelle|interno|anexo|tst)\b\.?", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One address of the form. compared_as: its one spelling, if not as typed; repeats: the number of another row."""

    typed: str = ""
    error: str = ""
    compared_as: str = ""
    repeats: int = 0


def split_rows(kind: str, texts: Sequence[str]) -> list[str]:
    """The addresses in these texts, one each: "Dana Miller <dana@acme.example>; bob@acme.example" is two."""
    return [tidy for text in texts for part in parts_of(kind, text) if (tidy := tidied(kind, part))]


def parts_of(kind: str, text: str) -> Iterator[str]:
    parts = BREAKS[IdentifierKind(kind)].split(UNSEEN.sub("", text))
    dressed = kind == IdentifierKind.EMAIL and IN_BRACKETS.search(text)
    for part in parts:
        # A comma inside of a name, as in "Miller, Dana <dana@acme.example>".
        if dressed and "@" not in part:
            continue
        words = part.split()
        yield from words if kind == IdentifierKind.EMAIL and all("@" in word for word in words) else [part]


def tidied(kind: str, text: str) -> str:
    """Without what people paste along: a name around it, a label, punctuation at its end."""
    value = BLANKS.sub(" ", UNSEEN.sub("", text)).strip()
    if kind == IdentifierKind.EMAIL:
        found = IN_BRACKETS.search(value)
        return (found[1] if found else value.strip("\"'()<> ")).removeprefix("mailto:").rstrip(".,;: ")
    if kind == IdentifierKind.PHONE:
        value = re.sub(r"^(?!tel:|ext)[^\W\d]+\.?\s*:\s*|\s*\([^()\d]*\)$", "", value)
        return EXTENSIONS.sub("ext.", value).rstrip(".,; ")
    return value.rstrip(".,;) ")


def read_rows(kind: str, texts: Sequence[str], region: str, known: Mapping[str, str] = NOTHING) -> list[Row]:
    """A row for each text, which may be empty: nothing is wrong with an empty one. known: see `clean_identifiers`."""
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for number, text in enumerate(texts, start=1):
        row, keys = read_row(kind, text, region, known)
        rows.append(Row(row.typed, row.error, row.compared_as, next((seen[key] for key in keys if key in seen), 0)))
        for key in keys:
            seen.setdefault(key, number)
    return rows


def read_row(kind: str, text: str, region: str, known: Mapping[str, str]) -> tuple[Row, list[str]]:
    """What one row holds, and the spellings of the addresses in it."""
    pairs, errors = read_pairs(kind, [text], region, known)
    shown = spelled(kind, *pairs[0]) if len(pairs) == 1 and not errors else ""
    return Row(text, " ".join(errors), shown), [normalised for _, normalised in pairs]


def read_pairs(
    kind: str, texts: Sequence[str], region: str, known: Mapping[str, str] = NOTHING
) -> tuple[list[ValuePair], list[str]]:
    """The readable addresses of these texts, and a sentence for each that is not."""
    pairs, errors = [], []
    for value in (value for text in texts for value in ([text] if text in known else split_rows(kind, [text]))):
        try:
            pairs.append((value, known.get(value) or normalise(kind, value, region)))
        except ValidationError as error:
            errors.append(error.messages[0])
    return pairs, errors


def spelled(kind: str, value: str, normalised: str) -> str:
    """The spelling by which others are compared with this address; nothing if it is as good as typed."""
    if kind == IdentifierKind.PHONE:
        number = phonenumbers.parse(normalised)
        shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        return "" if digits(shown) == digits(value) and value.startswith("+") else shown
    if kind == IdentifierKind.EMAIL:
        key = person_key(kind, normalised)
        return "" if key == value.strip().lower() else key
    plain = re.sub(r"^(?:https?://)?(?:www\.)?", "", value.strip().lower()).rstrip("/")
    return "" if plain == f"linkedin.com/in/{normalised}" else f"linkedin.com/in/{normalised}"


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)
