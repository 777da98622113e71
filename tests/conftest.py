"""The fixed cast: alice and bob are reps of one company, mona is their manager, charlie is of another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client, TransactionTestCase
from pytest_django import DjangoDbBlocker

from crm.models import Company, Role, User
from leads.models import Lead
from outreach.live.sockets import heartbeats
from tests.support import database
from tests.support.factories import CompanyFactory, LeadFactory, UserFactory
from tests.support.receiver import Receiver, receiving
from tests.support.servers import served
from tests.support.telling import pytest_runtest_makereport, speak  # noqa: F401 - the first is a hook


def pytest_configure(config: pytest.Config) -> None:
    config.option.rerun_show_tracebacks = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests come last: the browser's driver keeps a loop running in the thread of every later test.

    They wait seconds at most, which a busy machine may take for one answer; one that fails is tried once more, and the
    end of the run says what failed. An error that a page logged is none of the machine's, and is not tried again.
    """
    items.sort(key=is_for_browser)
    if config.pluginmanager.hasplugin("rerunfailures"):
        for item in filter(is_for_browser, items):
            item.add_marker(pytest.mark.flaky(reruns=1, rerun_except="A page went wrong"))


def is_for_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest, django_db_modify_db_settings: None) -> None:
    """With --reuse-db the database has a name of its own: another run makes and drops the usual one."""
    if request.config.getoption("reuse_db"):
        worker = getattr(request.config, "workerinput", {}).get("workerid", "")
        connection.settings_dict["TEST"]["NAME"] = database.kept_name(worker)


@pytest.fixture(scope="session")
def django_db_createdb() -> bool:
    """Whoever makes a database here makes it anew."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """As pytest-django has it, but a kept database that is current is used as it is, without `migrate`."""
    TransactionTestCase._fixture_teardown = lambda test: database.empty_tables()
    with ExitStack() as stack:
        if request.config.getoption("reuse_db"):
            stack.enter_context(kept_database(request, django_db_blocker))
        else:
            request.getfixturevalue("django_db_setup")
            with django_db_blocker.unblock():
                database.make_quick(connection.settings_dict["NAME"])
        yield
        # Channels' test sockets keep the connection of the heartbeats' thread open; it could not be dropped.
        with django_db_blocker.unblock():
            heartbeats.submit(connections.close_all).result()


@contextmanager
def kept_database(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    name = connection.settings_dict["TEST"]["NAME"]
    terminal = request.config.pluginmanager.getplugin("terminalreporter")
    with database.held_alone(name, say=terminal.write_line if terminal else print):
        with django_db_blocker.unblock():
            is_current = not request.config.getoption("create_db") and database.is_current(name)
        if is_current:
            with django_db_blocker.unblock():
                database.use(name)
        else:
            request.getfixturevalue("django_db_setup")
            with django_db_blocker.unblock():
                database.make_quick(name)
                database.mark_current(name)
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def server(django_db_setup, django_db_blocker) -> Iterator[str]:
    """One server process for all tests of this worker that act over real HTTP and sockets."""
    with django_db_blocker.unblock(), served() as address:
        yield address


@pytest.fixture(autouse=True, scope="session")
def failures_in_words() -> None:
    speak()


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
