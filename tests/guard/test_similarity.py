"""How alike two messages are: blind to what templates vary, a percent for any text, and quick."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.guard.similarity import SUBSTANCE, MessageText, compare, likeness, prepare
from outreach.guard.wording import LONGEST

OFFER = "We replaced the lighting in the warehouse next to yours and their electricity bill fell by a third since."
OTHER = (
    "Somebody filed a trademark close to your name; oppose it before autumn, that costs little and I would not wait."
)
SAID = MessageText("Warehouse lighting", OFFER)

# Words of several scripts, marks that mean something to the patterns, and anything at all.
texts = st.builds(
    MessageText,
    st.text(max_size=40),
    st.lists(
        st.one_of(
            st.sampled_from(
                ["Hi Dana,", "\n", "> ", "On x wrote:", "Best,", "{{a}}", "[", "<", "https://a.b", "-- ", "PS", "\r"]
            ),
            st.sampled_from((OFFER + " " + OTHER + " für Größe 来週お時間を Привет мир").split()),
            st.text(max_size=20),
        ),
        max_size=60,
    ).map(" ".join),
)


@pytest.mark.parametrize(
    "body",
    [
        f"Hi Dana,\n\n{OFFER}\n\nBest,\nPriya",
        f"Dear Ms. Miller:\n{OFFER}\n\nKind regards\nPriya Shah\nAcme Ltd\n+49 30 901820\nThis mail is confidential.",
        f"Hallo Dana!\r\n\r\n{OFFER}\r\n\r\nMit freundlichen Grüßen aus Kassel\r\nUwe Kaiser",
        f"Sehr geehrte Frau Dr. Miller,\n{OFFER}\n-- \nNorthwind, Head Office, Long Street",
        f"{OFFER} Cheers, Bob",
        f"{OFFER}\n\nSent from my iPhone",
        f"{OFFER}\n\nOn Wed, 11 Nov at 17:02, Dana Miller\n<dana@acme.example> wrote:\n> Sounds good.\n> Tell me more",
        f"> What is it?\n{OFFER}\n> And the price?",
        f"On Wednesday Dana Miller wrote:\n\n> What is it?\n\n{OFFER}",
        f"{OFFER}\n\nAm 3. Mai um 09:14 schrieb Dana Miller:\n\nDas klingt sehr gut, bitte mehr davon.",
        f"{OFFER}\n\nVon: Dana\nGesendet: Montag\n\nDas klingt sehr gut.",
        "{{first_name}} [Company] %FIRSTNAME% <company> " + OFFER,
        f"{OFFER} https://example.com/a?b=c dana@acme.example 14 March 2026, 10:30 am, 20 %, Tuesday",
        OFFER.upper().replace("E", "É").replace(" IN ", " \n\n\t in\u00a0 "),
        OFFER.replace(" and ", " — and… "),
    ],
)
def test_what_every_mail_has_around_its_text_makes_no_difference(body):
    assert likeness(SAID, MessageText("Warehouse lighting", body)) == 100


def test_names_make_no_difference_when_they_are_told():
    mine, theirs = MessageText("", f"{OFFER} Dana Miller"), MessageText("", f"{OFFER} Jonas")
    assert likeness(mine, theirs) < 100
    assert likeness(mine, theirs, ["dana miller", "Jónas"]) == 100


def test_a_postscript_counts():
    assert likeness(SAID, MessageText("Warehouse lighting", f"{OFFER}\n\nBest\nBob\n\nPS: {OTHER}")) < 90


def test_thanks_at_the_beginning_end_nothing():
    assert likeness(SAID, MessageText("Warehouse lighting", f"Thanks, Dana\n\n{OFFER}")) > 90


def test_the_subject_of_a_reply_is_not_its_own():
    assert likeness(MessageText(f"Re: {OFFER}", OTHER), MessageText(OFFER, "")) < 20
    assert likeness(MessageText(f"Rent: {OFFER}", OTHER), MessageText(OFFER, "")) > 60


def test_too_few_words_are_never_alike():
    enough = list(dict.fromkeys(OFFER.split()))[:SUBSTANCE]
    assert likeness(MessageText("", " ".join(enough)), MessageText("", " ".join(enough))) == 100
    assert likeness(MessageText("", " ".join(enough[1:])), MessageText("", " ".join(enough))) == 0
    assert likeness(MessageText("", "ping " * 50), MessageText("", "ping " * 50)) == 0


def test_the_same_words_in_another_order_are_less_than_the_same():
    assert likeness(SAID, MessageText("", f"{' '.join(reversed(OFFER.split()))} warehouse lighting")) < 90


def test_text_beyond_the_longest_is_not_read():
    long = (OFFER + " ") * (LONGEST // len(OFFER) + 1)
    assert likeness(MessageText("", long + OTHER), MessageText("", long)) == 100


@given(texts, texts)
def test_it_is_a_percent_and_the_same_both_ways(mine, theirs):
    assert 0 <= likeness(mine, theirs) == likeness(theirs, mine) <= 100


def test_moved_words_are_the_same_both_ways():
    # Every single word is a longest common sequence here, and they differ in weight.
    mine, theirs = MessageText("", OFFER), MessageText("", " ".join(reversed(OFFER.split())))
    assert likeness(mine, theirs) == likeness(theirs, mine)


@given(texts)
def test_a_message_with_substance_is_wholly_like_itself(text):
    assert likeness(text, text) == (100 if len(prepare(text).distinct) >= SUBSTANCE else 0)


# A line of its own for each pattern that could be tried at every place of a text.
@pytest.mark.parametrize(
    "piece", ["\n", ">", "\n> x", "\non ", "\non x wrote", "hi ", "{", "<a ", "a@", "\nbest ", "\ufdfa"]
)
def test_no_text_takes_long(piece):
    body = (piece * 50_000)[:50_000]
    start = process_time()
    likeness(MessageText("", body), MessageText("", body + "x"))
    assert process_time() - start < 1


def test_one_message_is_compared_with_fifty_before_a_textbook_has_compared_it_with_one():
    letters = random.Random(1)
    words = ["".join(letters.choices("abcdefghij", k=letters.randint(1, 6))) for _ in range(300)]
    mine, *others = [prepare(MessageText("", " ".join(letters.choices(words, k=400))[:2_000])) for _ in range(51)]
    fifty = shortest(lambda: [compare(mine, other) for other in others])
    one = shortest(lambda: longest_common(mine.words, others[0].words))
    # A tenth was measured; done in Python, word by word, it would be fifty times as much.
    assert fifty < one, f"Fifty messages took {fifty / one:.1f} times as long as one by the textbook"


def shortest(act: Callable[[], object]) -> float:
    """Seconds of this process alone, the best of several: what else the machine does counts for nothing."""
    times = []
    for _ in range(5):
        start = process_time()
        act()
        times.append(process_time() - start)
    return min(times)


def longest_common(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest common subsequence, by the table of every textbook."""
    above = [0] * (len(theirs) + 1)
    for word in mine:
        line = [0]
        for column, other in enumerate(theirs, start=1):
            line.append(above[column - 1] + 1 if word == other else max(above[column], line[-1]))
        above = line
    return above[-1]
