"""Two texts side by side: what stands in both is marked, and nothing of them is lost."""

from __future__ import annotations

from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from outreach.guard.alike import Passage, alike_parts
from outreach.guard.wording import LONGEST

few_words = st.lists(st.sampled_from(["one", "Two", "três", "四", "five,", "\n", "-", "six"]), max_size=40).map(
    " ".join
)
anything = st.one_of(few_words, st.text(max_size=60))


def marked(parts: list[Passage]) -> list[str]:
    return [part.text for part in parts if part.alike]


def test_passages_in_both_are_marked_in_both():
    mine, theirs = alike_parts(
        "I noticed your team runs Postgres and you are hiring data engineers. Curious how you keep it.",
        "Hi, I noticed your team runs Postgres and is hiring data engineers. Curious how you do!",
    )
    assert marked(mine) == ["I noticed your team runs Postgres and", "hiring data engineers. Curious how you"]
    assert marked(theirs) == marked(mine)


def test_case_accents_and_punctuation_do_not_matter():
    mine, theirs = alike_parts("«Größe, Maß; Zahl»", "grosse mass ZAHL")
    assert mine == [Passage("«", False), Passage("Größe, Maß; Zahl", True), Passage("»", False)]
    assert theirs == [Passage("grosse mass ZAHL", True)]


def test_moved_passages_are_found():
    mine, _ = alike_parts("red green blue. north east south", "north east south / red green blue")
    assert marked(mine) == ["red green blue. north east south"]


def test_two_words_are_no_passage():
    assert marked(alike_parts("would you like tea", "why would you go")[0]) == []


def test_texts_with_nothing_in_common_stay_whole():
    assert alike_parts("red green blue", "") == ([Passage("red green blue", False)], [])


@given(anything, anything)
def test_the_parts_join_to_the_text_and_none_is_empty(mine, theirs):
    for text, parts in zip((mine, theirs), alike_parts(mine, theirs), strict=True):
        assert "".join(part.text for part in parts) == text
        assert all(part.text for part in parts)
        assert all(one.alike or other.alike for one, other in zip(parts, parts[1:], strict=False))


@given(few_words)
def test_of_a_text_beside_itself_all_is_marked_from_the_first_word_to_the_last(text):
    parts, _ = alike_parts(text, text)
    words = [word for word in text.replace(",", "").split() if word != "-"]
    assert [mark for part in marked(parts) for mark in part.replace(",", "").split() if mark != "-"] == (
        words if len(words) >= 3 else []
    )


def test_a_book_is_marked_up_to_the_longest_and_no_further():
    text = "red green blue " * 20_000
    start = process_time()
    parts, _ = alike_parts(text, text)
    assert process_time() - start < 1
    assert LONGEST - 20 < len(marked(parts)[0]) <= LONGEST
    assert "".join(part.text for part in parts) == text
