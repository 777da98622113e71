"""What a first look costs over the line, with the demo's texts and the files as `manage.py up` serves them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from crm.models import User
from crm.setup.start.collect import collect
from leads.models import Lead
from outreach.lists.page import PAGE_SIZE
from tests.support.pages import open_live
from tests.support.servers import served

pytest_plugins = ["tests.support.browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_REQUESTS = 8
MOST_BYTES = 80_000
MOST_QUERIES = 8
FOR_EVER = "max-age=315360000, public, immutable"


class Transfer(NamedTuple):
    """One request, and what came back for it: bytes as they were sent, headers included."""

    path: str
    size: int


@pytest.fixture(scope="module")
def address(django_db_setup, django_db_blocker) -> Iterator[str]:
    """The server of `up`: collected files, production's way to name and compress them."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    collect()
    with django_db_blocker.unblock(), served(TANDEM_COLLECTED="1") as address:
        expect.set_options(timeout=5_000)
        yield address


@pytest.fixture
def alice(transactional_db) -> User:
    call_command("demo_data", stdout=StringIO())
    return User.objects.get_by_natural_key("alice@demo.test")


@pytest.fixture
def busiest(alice) -> Lead:
    """The lead with most contacts; the list is full as well."""
    assert Lead.objects.visible_to(alice).count() > PAGE_SIZE
    return Lead.objects.visible_to(alice).annotate(most=Count("attempts")).latest("most")


def transfers(page: Page, path: str) -> list[Transfer]:
    """What opening this page sends, down to the last request that it makes by itself."""
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.responseReceived", lambda event: urls.update({event["requestId"]: event["response"]["url"]}))
    line.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    open_live(page, path)
    page.wait_for_load_state("networkidle")
    line.detach()
    # What a style holds within itself comes over no line.
    asked = {key: url for key, url in urls.items() if url.startswith("http")}
    return [Transfer(url.partition("//")[2].partition("/")[2], sizes.get(key, 0)) for key, url in asked.items()]


def test_the_list_takes_80_kB_and_with_a_lead_after_it_eight_requests(alice, busiest, window):
    page = window(alice)
    first = transfers(page, "/leads/")
    second = [transfer for transfer in transfers(page, f"/leads/{busiest.id}/") if transfer.size]
    assert sum(transfer.size for transfer in first) <= MOST_BYTES, first
    assert len(first) + len(second) <= MOST_REQUESTS, (first, second)
    assert all("/static/" not in f"/{transfer.path}" for transfer in second), second


def test_a_lead_opened_first_takes_eight_requests_and_80_kB(alice, busiest, window):
    lead = transfers(window(alice), f"/leads/{busiest.id}/")
    assert len(lead) <= MOST_REQUESTS, lead
    assert sum(transfer.size for transfer in lead) <= MOST_BYTES, lead


def test_every_file_of_a_page_comes_compressed_and_is_kept_for_ever(alice, window):
    page, answers = window(alice), []
    page.on("response", lambda answer: answers.append(answer))
    open_live(page, "/leads/")
    files = [answer for answer in answers if "/static/" in answer.url]
    assert len(files) >= 4
    for file in files:
        assert file.headers["content-encoding"] in ("br", "gzip"), file.url
        assert (file.headers["cache-control"], file.headers["vary"]) == (FOR_EVER, "Accept-Encoding")
        assert file.headers["etag"]
    pages = [answer for answer in answers if answer.url.endswith("/leads/")]
    assert {answer.headers["content-encoding"] for answer in pages} == {"gzip"}


def test_the_list_and_a_lead_take_eight_queries_each(alice, busiest, signed_in):
    client = signed_in(alice)
    for path in ("/leads/", f"/leads/{busiest.id}/"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        assert len(queries) <= MOST_QUERIES, queries.captured_queries
