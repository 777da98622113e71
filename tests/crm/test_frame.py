"""The frame around every page says in which part of Tandem one is."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db

# How a link is marked that leads to this very page, and to the part of Tandem which this page is in.
HERE, WITHIN = "page", "true"


@pytest.mark.parametrize(
    ("path", "address", "mark"),
    [
        ("/leads/", "/leads/", HERE),
        ("/leads/{lead}/", "/leads/", WITHIN),
        ("/leads/{lead}/contacts/new/", "/leads/", WITHIN),
        ("/analytics/", "/analytics/", HERE),
        ("/analytics/rows/", "/analytics/", WITHIN),
        ("/review/", "/review/", HERE),
    ],
)
def test_the_bar_marks_the_part_of_tandem_that_a_page_is_in(path, address, mark, lead, mona, signed_in):
    page = signed_in(mona).get(path.format(lead=lead.id)).text
    bar = page[page.index('<nav class="bar-nav"') : page.index("</nav>")]
    assert f'href="{address}" aria-current="{mark}"' in bar
    assert bar.count("aria-current") == 1
