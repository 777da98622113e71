"""What a message says in its own words: no greeting, signature, quoted mail, merge fields, addresses or numbers."""

from __future__ import annotations

import re
import unicodedata

# What comes after it changes no verdict, and a pasted book must not hold up the composer.
LONGEST = 8_000
# Of longer words only the beginning counts, so that "engineer" and "engineers" are one, in any language.
STEM = 6

# The patterns meet folded text (lower case, no accents, ss for ß) that begins with a line break. Those that may match
# anywhere start with that break, by which the search is quick, and every repetition is bounded, so cost is linear.

REPLY = re.compile(r"\s*(?:re|aw|antw|fwd?|wg|sv|tr)\s*:")

WROTE = (
    r"\n(?:on|am|le|el|op)\b[^\n]{0,200}(?:\n[^\n]{1,100})?"
    r"\b(?:wrote|schrieb|ecrit|escribio|schreef)\b[^\n:]{0,100}:[ \t]{0,9}"
)
# People answer below and between quoted lines, so only those lines go.
QUOTED_BY = re.compile(rf"{WROTE}(?=\n{{1,3}}[ \t]{{0,9}}>)")
QUOTED = re.compile(r"\n[ \t]{0,9}>[^\n]*")
# From here on everything is an older mail.
OLDER_MAIL = re.compile(
    rf"{WROTE}(?=\n|\Z)"
    r"|\n-{2,9} ?(?:original message|forwarded message|ursprungliche nachricht|weitergeleitete nachricht)"
    r"|\n(?:from|von|de): [^\n]{1,200}\n(?:sent|date|to|gesendet|datum|an|envoye|a): "
)

GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|moin|servus|guten (?:tag|morgen|abend)"
    r"|gruss (?:gott|dich)|sehr geehrte[rs]?|liebe[rs]?|bonjour|salut|chere?|hola|ciao|buongiorno|geachte)\b"
    r"(?:[ \t]{1,3}(?:(?:mr|mrs|ms|dr|prof)\.|[^\s,.!:?]{1,40})){0,6}[ \t]{0,3}(?:[,.!:–—-]|\n|\Z)"
)
GOODBYE = (
    r"(?:best(?: regards| wishes)?|cheers|regards|sincerely|all the best|(?:with )?(?:kind|kindest|warm|best) regards"
    r"|yours(?: sincerely| faithfully| truly)?|(?:many )?thanks(?: again| a lot| in advance)?|thank you|take care"
    r"|(?:talk|speak) soon|(?:mit )?(?:viele|beste|liebe|schone|herzliche|freundliche)[nr]? gruss(?:en?)?(?: aus \w+)?"
    r"|vielen dank|danke|mfg|vg|lg|(?:bien )?cordialement|saludos|un saludo|met vriendelijke groet)"
)
SIGNER = r"(?:[ \t]{0,3}[,.!–—-]{1,2})?(?:[ \t]{1,3}[^\s,.!?:]{1,40}){0,3}[ \t]{0,9}"
CLOSING = re.compile(rf"\n[ \t]{{0,9}}(?:{GOODBYE}\b{SIGNER}|-- ?)(?=\n|\Z)|\n(?:sent from my|von meinem) ")
# "… next week? Best, Priya", at the very end.
CLOSING_IN_LINE = re.compile(rf"[.!?] {GOODBYE}\b{SIGNER}\s{{0,9}}\Z")
IN_LINE_LENGTH = 150
POSTSCRIPT = re.compile(r"\n[ \t]{0,9}p\.? ?s\b")

MERGE_FIELD = re.compile(r"\{{1,3}[^{}\n]{0,40}\}{1,3}|\[[^\[\]\n]{0,40}\]|%\w{1,40}%|<{1,2}[^<>\n]{0,40}>{1,2}")
ACCENTS = re.compile(r"[\u0300-\u036f]+")
APOSTROPHES = re.compile(r"['’`´]")
# Chinese and Japanese put no space between words.
WORD = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff]+|[\u3040-\u30ff\u3400-\u9fff]")
DATE_WORDS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december am pm oclock montag dienstag mittwoch donnerstag freitag samstag sonntag"
    " januar februar marz mai juni juli oktober dezember uhr"
)
CALENDAR = frozenset(DATE_WORDS.split())


def subject_words(subject: str) -> list[str]:
    """The words of a subject; none when it came with the mail it answers."""
    folded = fold(subject)
    return [] if REPLY.match(folded) else words(folded)


def body_words(body: str) -> list[str]:
    text = without_quotes("\n" + "\n".join(fold(body).splitlines())).strip()
    greeting = GREETING.match(text)
    return words(without_closing(text[greeting.end() :] if greeting else text))


def fold(text: str) -> str:
    """Lower case without accents; compatible spellings (ﬁ, full width) as one."""
    if not text.isascii():
        # One sign may unfold into eighteen.
        text = ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())[:LONGEST])
        text = unicodedata.normalize("NFKC", text)[:LONGEST]
    return APOSTROPHES.sub("", text.lower())


def without_quotes(text: str) -> str:
    if ">" in text:
        text = QUOTED.sub("", QUOTED_BY.sub("", text))
    older = OLDER_MAIL.search(text)
    return text[: older.start()] if older else text


def without_closing(text: str) -> str:
    """Cut from the closing on, signature and small print included; a postscript stays."""
    text = text.lstrip()
    # A "Thanks!" in the first line has no break before it and closes nothing.
    if closing := CLOSING.search(text):
        after = POSTSCRIPT.search(text, closing.end())
        return text[: closing.start()] + (text[after.start() :] if after else "")
    in_line = CLOSING_IN_LINE.search(text, max(0, len(text) - IN_LINE_LENGTH))
    return text[: in_line.start()] if in_line else text


def words(text: str) -> list[str]:
    """The beginnings of the words, without web and mail addresses, merge fields, numbers and dates."""
    if any(mark in text for mark in "{[%<"):
        text = MERGE_FIELD.sub(" ", text)
    if "@" in text or "://" in text:
        text = " ".join(token for token in text.split() if "@" not in token and "://" not in token)
    return [word[:STEM] for word in WORD.findall(text) if word.isalpha() and word not in CALENDAR]
