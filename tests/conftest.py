"""The fixed cast: alice and bob are reps of one company, mona is their manager, charlie is of another."""

from __future__ import annotations

from collections.abc import Iterator

import pgtrigger
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client, TransactionTestCase

from crm.models import Company, Role, User
from leads.models import Lead
from outreach.live.sockets import heartbeats
from tests.support.factories import CompanyFactory, LeadFactory, UserFactory
from tests.support.receiver import Receiver, receiving
from tests.support.servers import served


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the browser's driver keeps a loop running in the thread of every later test.

    They wait seconds at most, which a busy machine may take for one answer; one that fails is tried again.
    """
    items.sort(key=is_for_browser)
    for item in filter(is_for_browser, items):
        item.add_marker(pytest.mark.flaky(reruns=2))


def is_for_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


@pytest.fixture(autouse=True, scope="session")
def flush_around_the_triggers() -> None:
    """The triggers that keep history append-only refuse the TRUNCATE that ends a transactional test.

    This and nothing else steps around them; tests/contacts/test_append_only.py proves them in the real configuration.
    """
    original = TransactionTestCase._fixture_teardown

    def teardown(self) -> None:
        with pgtrigger.ignore():
            original(self)

    TransactionTestCase._fixture_teardown = teardown


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True, scope="session")
def heartbeats_end(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Channels' test sockets keep the connection of the heartbeats' thread open; the database could not be dropped."""
    yield
    with django_db_blocker.unblock():
        heartbeats.submit(connections.close_all).result()


@pytest.fixture(scope="session")
def server(django_db_setup, django_db_blocker) -> Iterator[str]:
    """One server process for all tests of this worker that act over real HTTP and sockets."""
    with django_db_blocker.unblock(), served() as address:
        yield address


@pytest.fixture
def company(db) -> Company:
    return CompanyFactory(name="Northwind", time_zone="Europe/Berlin", phone_region="US")


@pytest.fixture
def alice(company: Company) -> User:
    return UserFactory(company=company, email="alice@demo.test", first_name="Alice", last_name="Jones")


@pytest.fixture
def bob(company: Company) -> User:
    return UserFactory(company=company, email="bob@demo.test", first_name="Bob", last_name="Smith")


@pytest.fixture
def mona(company: Company) -> User:
    return UserFactory(
        company=company, email="mona@demo.test", first_name="Mona", last_name="Fischer", role=Role.MANAGER
    )


@pytest.fixture
def charlie(db) -> User:
    rival = CompanyFactory(name="Rival")
    return UserFactory(company=rival, email="charlie@rival.test", first_name="Charlie", last_name="Brown")


@pytest.fixture
def admin(db) -> User:
    return UserFactory(company=None, email="admin@demo.test", is_staff=True, is_superuser=True)


@pytest.fixture
def lead(company: Company) -> Lead:
    return LeadFactory(
        company=company,
        first_name="Dana",
        last_name="Miller",
        organization="Acme Ltd",
        job_title="Head of Engineering",
    )


@pytest.fixture
def signed_in():
    """A browser of its own for each user: signed_in(alice).get(…)."""

    def sign_in(user: User, **defaults) -> Client:
        client = Client(**defaults)
        client.force_login(user, backend="crm.login.access.CompanyBackend")
        return client

    return sign_in


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    """A receiver that webhooks may reach although it is on this machine."""
    settings.WEBHOOKS_TO_THIS_MACHINE = True
    with receiving() as receiver:
        yield receiver
