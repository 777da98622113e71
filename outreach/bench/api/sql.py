"""The API's works as SQL, one statement each and without a token: the bare work, and all that the product does."""

from __future__ import annotations

from crm.postgres.prepared import Prepared
from crm.postgres.union import Part, Union
from leads.person.reading import VISIBLE
from leads.person.records import LOCK
from outreach.bench.sql import log_contact, write_contact
from outreach.guard.reading import EARLIER, GLANCE, LIMITS, NEARBY, NEARBY_CONTACTS, RECORDS
from outreach.guard.rows import FactRow
from outreach.models import Direction

# The bare work knows no similarity, claims, wishes or other records of the person.

# Many calls to one lead at once: no cooldown, so the time in which contacts would block begins after all of them.
LOG_CALL = log_contact("call", hours=-1)

HISTORY = """
SELECT json_build_object('data', json_agg(to_jsonb(page)), 'total', max(page.contact_count))::text
FROM (
    SELECT a.id, a.method, a.direction, a.subject, a.body, a.responded, a.response_at, a.user_id, a.user_name,
           a.metadata, a.occurred_at, a.created_at, lead.contact_count
    FROM leads_lead AS lead JOIN outreach_contactattempt AS a ON a.lead_id = lead.id
    WHERE lead.id = %(lead)s AND lead.company_id = %(company)s AND a.voided_at IS NULL
    ORDER BY a.occurred_at DESC, a.id DESC LIMIT 50
) AS page
"""

CHECK = f"""
SELECT lead.id, method.name, newest.occurred_at, newest.user_name, newest.subject
FROM leads_lead AS lead
CROSS JOIN unnest(%(methods)s::text[]) AS method(name)
LEFT JOIN LATERAL (
    SELECT occurred_at, user_name, subject FROM outreach_contactattempt
    WHERE lead_id = lead.id AND method = method.name AND direction = '{Direction.OUTBOUND}' AND voided_at IS NULL
      AND occurred_at > now() - interval '7 days'
    ORDER BY occurred_at DESC LIMIT 1
) AS newest ON true
WHERE lead.id = ANY(%(leads)s::uuid[]) AND lead.company_id = %(company)s
"""

# From here on: all that the product reads and writes for the same work.


def column(part: Part[FactRow], field: str) -> str:
    """The column of the guard's statement in which a part gives this field."""
    return part.columns[field].name


# In one statement these parameters of the second part come from the first.
FROM_GUARD = {
    "%(when)s": "clock_timestamp()",
    "%(roots)s": "(SELECT array_agg(root) FROM guard WHERE part = 'record')",
    "%(records)s": f"(SELECT array_agg({column(RECORDS, 'lead_id')}) FROM guard WHERE part = 'record')",
    "%(untils)s": f"(SELECT array_agg({column(RECORDS, 'until')}) FROM guard WHERE part = 'record')",
}


def nearby(statement: Union[FactRow]) -> str:
    """Two CTEs: `guard` reads the persons' records, `nearby` runs this statement about what is near them."""
    text = statement.statement.text
    for parameter, value in FROM_GUARD.items():
        text = text.replace(parameter, value)
    return f"guard AS MATERIALIZED ({GLANCE.statement.text}), nearby AS MATERIALIZED ({text})"


def read(statement: Union[FactRow]) -> str:
    """All rows of both; the second has some of the columns of the first."""
    some = (one.name if one in statement.shared else f"NULL::{one.kind}" for one in GLANCE.shared)
    return f"SELECT * FROM guard UNION ALL SELECT part, root, {', '.join(some)} FROM nearby"


def log_whole(method: str) -> Prepared:
    """As the verb does it: lock all records, read everything the guard needs, write the row and the summary."""
    blocking = f"""
        SELECT FROM guard AS earlier JOIN guard AS limits ON limits.part = 'limits'
           AND limits.{column(LIMITS, "method")} = earlier.{column(EARLIER, "contact.method")}
        WHERE earlier.part = 'earlier' AND earlier.{column(EARLIER, "contact.method")} = '{method}'
          AND earlier.{column(EARLIER, "contact.occurred_at")}
              > clock_timestamp() - make_interval(hours => limits.{column(LIMITS, "limits.hours")})"""
    return Prepared(f"""
WITH locked AS MATERIALIZED ({LOCK.text}), {nearby(NEARBY)}, {write_contact(method, blocking)}
SELECT summed.version, read.* FROM summed CROSS JOIN ({read(NEARBY)}) AS read
""")


CHECK_WHOLE = Prepared(f"""
WITH visible AS MATERIALIZED ({VISIBLE.text}), {nearby(NEARBY_CONTACTS)}
SELECT visible.known, read.*
FROM (SELECT count(*) AS known FROM visible) AS visible CROSS JOIN ({read(NEARBY_CONTACTS)}) AS read
""")
