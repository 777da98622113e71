"""Reading leads by prepared statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from crm.models import User
from crm.postgres.prepared import Prepared
from leads.models import Lead

FIELDS = Lead._meta.concrete_fields
NAMES = [field.attname for field in FIELDS]
COLUMNS = ", ".join(field.column for field in FIELDS if field.column)

# As `Lead.objects.visible_to(user).filter(pk__in=…)`; staff without a company see none.
VISIBLE = Prepared(f"""
SELECT {COLUMNS} FROM leads_lead
WHERE id = ANY(%(leads)s::uuid[]) AND company_id = %(company)s::uuid AND deleted_at IS NULL
""")


def visible_leads(user: User, lead_ids: Collection[UUID]) -> list[Lead]:
    """Those of these leads that the user may see, in any order."""
    return [read_lead(row) for row in VISIBLE.rows({"leads": list(lead_ids), "company": user.company_id})]


def read_lead(values: Sequence[object]) -> Lead:
    """The lead of one row; values: those of COLUMNS, in their order."""
    return Lead.from_db("default", NAMES, values)
