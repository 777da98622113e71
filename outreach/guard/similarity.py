"""How alike two messages are, in percent, by the words they share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from rapidfuzz.distance import LCSseq

from outreach.guard.wording import LONGEST, body_words, subject_words

# Fewer different words than this ("Thanks!", "Left a voicemail, will try again") are alike by chance.
SUBSTANCE = 10
# Colleagues who rewrite a text move its sentences about, so the order counts for a part only.
ORDER = 0.25
# Recent messages come up again with each keystroke in the composer.
REMEMBERED = 500
NAMES_REMEMBERED = 5_000


@dataclass(frozen=True)
class MessageText:
    """A message as it was written."""

    subject: str
    body: str


@dataclass(frozen=True)
class PreparedText:
    """A message made ready to be compared with many."""

    words: tuple[str, ...]
    letters: tuple[int, ...]  # of all words before each, and at the end of all words
    distinct: frozenset[str]
    distinct_letters: int


def likeness(mine: MessageText, theirs: MessageText, names: Collection[str] = ()) -> int:
    """Return how alike two messages are, 0 to 100 percent; 0 when either says too little to tell.

    names: people and firms whose names make no difference. Nor do greetings, signatures, quoted mail, merge fields,
    addresses, numbers and dates, see `wording`.

    It is the mean of two classic measures of overlap: Sørensen and Dice's, what is shared against both, and
    Szymkiewicz and Simpson's, what is shared against the shorter, which knows a message that only grew. Shared are
    words, wherever they stand and, for a part, in the same order (the longest common subsequence). A word weighs its
    letters, because the short words of a language stand in every text.
    """
    ignored = words_of(names)
    return compare(prepare(mine, ignored), prepare(theirs, ignored))


def words_of(names: Iterable[str]) -> frozenset[str]:
    """The words these names are made of, for `prepare` to leave out."""
    return frozenset(word for name in names for word in name_words(name))


@lru_cache(maxsize=REMEMBERED)
def prepare(text: MessageText, ignored: frozenset[str] = frozenset()) -> PreparedText:
    """Make a message ready for `compare`, without these words."""
    words = tuple(word for word in own_words(text.subject[:LONGEST], text.body[:LONGEST]) if word not in ignored)
    distinct = frozenset(words)
    return PreparedText(words, tuple(accumulate(map(len, words), initial=0)), distinct, letters(distinct))


@lru_cache(maxsize=NAMES_REMEMBERED)
def name_words(name: str) -> tuple[str, ...]:
    return tuple(subject_words(name))


@lru_cache(maxsize=REMEMBERED)
def own_words(subject: str, body: str) -> tuple[str, ...]:
    return (*subject_words(subject), *body_words(body))


def compare(mine: PreparedText, theirs: PreparedText, least: int = 0) -> int:
    """As `likeness`, for messages made ready before. What cannot reach the least percent that matters counts as 0."""
    if min(len(mine.distinct), len(theirs.distinct)) < SUBSTANCE:
        return 0
    anywhere = alike_anywhere(mine, theirs)
    # The order takes the longest to find, and most messages share too few words for it to matter.
    if percent(anywhere, 1) < least:
        return 0
    return percent(anywhere, alike_in_order(mine, theirs))


def percent(anywhere: float, in_order: float) -> int:
    """Rounded down: only the same words in the same order are 100 % alike."""
    return int(100 * ((1 - ORDER) * anywhere + ORDER * in_order))


def alike_anywhere(mine: PreparedText, theirs: PreparedText) -> float:
    """By the words of both, wherever and however often they stand."""
    return overlap(letters(mine.distinct & theirs.distinct), mine.distinct_letters, theirs.distinct_letters)


def alike_in_order(mine: PreparedText, theirs: PreparedText) -> float:
    """By the longest sequence of words that both have, whatever stands between them."""
    # There may be several longest ones of different weight; sorted, both sides find the same.
    one, other = sorted((mine, theirs), key=lambda prepared: prepared.words)
    same = LCSseq.editops(one.words, other.words).as_matching_blocks()
    shared = sum(one.letters[block.a + block.size] - one.letters[block.a] for block in same)
    return overlap(shared, one.letters[-1], other.letters[-1])


def letters(words: Iterable[str]) -> int:
    return sum(map(len, words))


def overlap(shared: int, one: int, other: int) -> float:
    against_both = 2 * shared / (one + other)
    against_shorter = shared / min(one, other)
    return (against_both + against_shorter) / 2
