"""What a user is called: by full name, by a short name, by initials."""

from __future__ import annotations

import pytest

from crm.models import User, short_name


@pytest.mark.parametrize(
    ("name", "short"), [("Alice Jones", "Alice"), (" Alice  Jones ", "Alice"), ("Alice", "Alice"), (" ", " "), ("", "")]
)
def test_the_short_name_is_the_first_word_of_a_name(name, short):
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("names", "short"),
    [(("Mary Ann", "Smith"), "Mary Ann"), (("", "Smith"), "Smith"), (("", ""), "mary@demo.test")],
)
def test_a_user_is_called_by_the_first_name_or_what_there_is(names, short):
    user = User(email="mary@demo.test", first_name=names[0], last_name=names[1])
    assert user.short_name == short
