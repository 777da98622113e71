"""People reached by addresses, and contacts logged in one line: fixtures of the guard's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crm.models import User
from leads.actions import create_lead
from leads.models import Lead
from outreach.models import ContactAttempt
from tests.leads.test_person import reached_by
from tests.support.guarding import log_to


@pytest.fixture
def make(alice: User) -> Callable[..., Lead]:
    """make("Miller", "Acme Ltd", email="dana@x.example"): a lead of alice's company."""

    def create(last_name: str = "Miller", organization: str = "", **values: str) -> Lead:
        fields = {"first_name": "Dana", "last_name": last_name, "organization": organization}
        return create_lead(user=alice, fields=fields, identifiers=reached_by(**values))

    return create


@pytest.fixture
def log(lead: Lead) -> Callable[..., ContactAttempt]:
    """log(alice, "call", …): as `log_to`, always to `lead`."""
    return lambda user, method="email", **said: log_to(lead, user, method, **said)
