"""The demo story is loaded into an empty database only."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command

from crm.models import Company
from tests.support.factories import CompanyFactory


def test_a_database_with_companies_of_its_own_is_left_alone(db) -> None:
    CompanyFactory(name="Our own")
    out = StringIO()
    call_command("demo_data", stdout=out)
    assert "an empty one only" in out.getvalue()
    assert Company.objects.count() == 1
