"""The history of a person, one page at a time, put together by PostgreSQL: a page costs the same at any length."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Schema
from pydantic import Field

from crm.api.answers import answer_text
from crm.api.fields import Id, StrictInput
from crm.api.problems import Problem
from crm.api.schema import problems
from crm.pages.request import ApiRequest
from crm.postgres.prepared import Prepared
from leads.api.shapes import Method
from outreach.api.contacts import router  # one address, one router
from outreach.api.cursor import Cursor, read_cursor
from outreach.api.shapes import AttemptOut, Direction

MOST = 200


def moment_sql(column: str) -> str:
    """SQL that writes a moment as crm/api/times.py does."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


ATTEMPT = f"""json_build_object(
    'id', id, 'lead_id', lead_id, 'user_id', user_id, 'user', json_build_object('id', user_id, 'name', user_name),
    'method', method, 'direction', direction, 'subject', subject, 'body', body, 'responded', responded,
    'response_at', {moment_sql("response_at")}, 'metadata', metadata, 'external_id', external_id,
    'in_reply_to', in_reply_to_id, 'occurred_at', {moment_sql("occurred_at")}, 'created_at', {moment_sql("created_at")},
    'voided_at', {moment_sql("voided_at")})"""

NARROWED = """(%(voided)s::boolean OR a.voided_at IS NULL)
    AND (%(method)s::text IS NULL OR a.method = %(method)s::text)
    AND (%(direction)s::text IS NULL OR a.direction = %(direction)s::text)
    AND (%(user)s::uuid IS NULL OR a.user_id = %(user)s::uuid)"""

# The records know how many contacts they have; with a filter they must be counted.
KEPT_TOTAL = "SELECT sum(lead.contact_count) FROM record JOIN leads_lead AS lead ON lead.id = record.lead_id"
COUNTED_TOTAL = f"""SELECT count(*) FROM record JOIN outreach_contactattempt AS a ON a.lead_id = record.lead_id
    WHERE {NARROWED}"""


def statement(total: str) -> Prepared:
    """A page of the history as one JSON text; `total` is the SQL that counts.

    Each record of the person is read by itself from the front of its index, for one page at most.
    """
    return Prepared(f"""
WITH lead AS MATERIALIZED (
    SELECT id FROM leads_lead WHERE id = %(lead)s::uuid AND company_id = %(company)s::uuid AND deleted_at IS NULL
), record AS MATERIALIZED (
    SELECT unnest(leads_records_of_person(id)) AS lead_id FROM lead
), found AS MATERIALIZED (
    SELECT own.* FROM record CROSS JOIN LATERAL (
        SELECT a.* FROM outreach_contactattempt AS a
        WHERE a.lead_id = record.lead_id AND (a.occurred_at, a.id) < (%(at)s::timestamptz, %(id)s::uuid) AND {NARROWED}
        ORDER BY a.occurred_at DESC, a.id DESC LIMIT %(limit)s::int + 1
    ) AS own
    ORDER BY own.occurred_at DESC, own.id DESC LIMIT %(limit)s::int + 1
), page AS MATERIALIZED (
    SELECT * FROM found ORDER BY occurred_at DESC, id DESC LIMIT %(limit)s::int
), last AS (
    SELECT (extract(epoch FROM occurred_at) * 1000000)::bigint || '.' || id AS place
    FROM page ORDER BY occurred_at, id LIMIT 1
)
SELECT json_build_object(
    'data', COALESCE((SELECT json_agg({ATTEMPT} ORDER BY occurred_at DESC, id DESC) FROM page), '[]'),
    'total', COALESCE(({total}), 0),
    'next_cursor', CASE WHEN (SELECT count(*) FROM found) > %(limit)s::int THEN (SELECT place FROM last) END
)::text
FROM lead
""")


WHOLE, FILTERED = statement(KEPT_TOTAL), statement(COUNTED_TOTAL)


class HistoryOut(Schema):
    """The contacts of a person, newest first."""

    data: list[AttemptOut]
    total: int = Field(description="How many there are by these filters, on all pages.")
    next_cursor: str | None = Field(description="Give it as `cursor` for what comes after; null at the end.")


class HistoryFilters(StrictInput):
    """What the history is narrowed to, and its page."""

    method: Method | None = Field(None, description="Only this method.")
    direction: Direction | None = Field(None, description="Only what we sent, or what they sent.")
    user_id: Id | None = Field(None, description="Only what this user did.")
    voided: bool = Field(False, description="Voided contacts too; they are left out otherwise.")
    limit: int = Field(50, ge=1, le=MOST, description="How many at most.")
    cursor: Cursor = None


@router.get(
    "/leads/{uuid:lead_id}/contacts", response=HistoryOut, operation_id="list_contacts",
    summary="A person's contact history", openapi_extra=problems("invalid"),
)  # fmt: skip
def contacts(request: ApiRequest, lead_id: UUID, filters: Query[HistoryFilters]) -> HttpResponse:
    """Newest first by when they happened, over all records of the person. `total` counts what `data` pages through."""
    at, after = read_cursor(filters.cursor)
    narrowing = {
        "method": filters.method,
        "direction": filters.direction,
        "user": filters.user_id,
        "voided": filters.voided,
    }
    place = {"lead": lead_id, "company": request.auth.company_id, "at": at, "id": after, "limit": filters.limit}
    rows = (FILTERED if any(narrowing.values()) else WHOLE).rows({**place, **narrowing})
    if not rows:
        raise Problem("not_found")
    return answer_text(rows[0][0])
