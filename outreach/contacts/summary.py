"""How a lead's summary follows from its attempts: adding one, or recomputing from all of them.

Two statements for one rule. Adding costs the same whatever the length of the history; recomputing reads it
all and is right after any change. A test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from crm.postgres.codes import quoted
from crm.postgres.prepared import Prepared
from leads.models import BEFORE_CONTACT, BEYOND_RESPONSE, LeadStatus
from outreach.models import ContactAttempt

# The newer time wins with its method and author; of two contacts at the same instant, the one recorded later.
# A status a person chose after the attempt was recorded stays as chosen.
ADD_ONE = Prepared(f"""
UPDATE leads_lead SET
    contact_count = contact_count + 1,
    last_contact_method = CASE
        WHEN %(occurred_at)s::timestamptz >= COALESCE(last_contacted_at, '-infinity') THEN %(method)s::text
        ELSE last_contact_method
    END,
    last_contacted_by_id = CASE
        WHEN %(occurred_at)s::timestamptz >= COALESCE(last_contacted_at, '-infinity') THEN %(user)s::uuid
        ELSE last_contacted_by_id
    END,
    last_contacted_at = GREATEST(last_contacted_at, %(occurred_at)s::timestamptz),
    last_response_at = GREATEST(last_response_at, %(response_at)s::timestamptz),
    status = CASE
        WHEN %(recorded_at)s::timestamptz <= COALESCE(status_set_at, '-infinity') THEN status
        WHEN %(responded)s::boolean AND status NOT IN ({quoted(*BEYOND_RESPONSE)}) THEN '{LeadStatus.CONVERSING}'
        WHEN status IN ({quoted(*BEFORE_CONTACT)}) THEN '{LeadStatus.CONTACTED}'
        ELSE status
    END,
    version = GREATEST(version + 1, %(version)s::bigint),
    updated_at = clock_timestamp()
WHERE id = %(lead)s::uuid
RETURNING version
""")

RECOMPUTE = f"""
UPDATE leads_lead AS lead SET
    contact_count = derived.contact_count,
    last_contacted_at = derived.last_contacted_at,
    last_contact_method = derived.last_contact_method,
    last_contacted_by_id = derived.last_contacted_by_id,
    last_response_at = derived.last_response_at,
    status = derived.status,
    version = lead.version + 1,
    updated_at = clock_timestamp()
FROM (
    SELECT l.id, total.contact_count, newest.occurred_at AS last_contacted_at,
           newest.method AS last_contact_method, newest.user_id AS last_contacted_by_id,
           total.last_response_at,
           CASE
               WHEN total.answered AND l.status_set NOT IN ({quoted(*BEYOND_RESPONSE)}) THEN '{LeadStatus.CONVERSING}'
               WHEN total.reached AND l.status_set IN ({quoted(*BEFORE_CONTACT)}) THEN '{LeadStatus.CONTACTED}'
               ELSE l.status_set
           END AS status
    FROM leads_lead AS l
    CROSS JOIN LATERAL (
        SELECT count(*) AS contact_count,
               max(response_at) AS last_response_at,
               COALESCE(bool_or(created_at > COALESCE(l.status_set_at, '-infinity')), false) AS reached,
               COALESCE(bool_or(responded AND COALESCE(response_recorded_at, created_at)
                                > COALESCE(l.status_set_at, '-infinity')), false) AS answered
        FROM outreach_contactattempt
        WHERE lead_id = l.id AND voided_at IS NULL
    ) AS total
    LEFT JOIN LATERAL (
        SELECT occurred_at, method, user_id
        FROM outreach_contactattempt
        WHERE lead_id = l.id AND voided_at IS NULL
        ORDER BY occurred_at DESC, created_at DESC, id DESC
        LIMIT 1
    ) AS newest ON true
    WHERE l.id = ANY(%(leads)s)
) AS derived
WHERE lead.id = derived.id
  AND (%(always)s OR (
    lead.contact_count, lead.last_contacted_at, lead.last_contact_method, lead.last_contacted_by_id,
    lead.last_response_at, lead.status
  ) IS DISTINCT FROM (
    derived.contact_count, derived.last_contacted_at, derived.last_contact_method, derived.last_contacted_by_id,
    derived.last_response_at, derived.status
  ))
RETURNING lead.id, lead.version
"""

LOCK = "SELECT id FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def add_attempt(attempt: ContactAttempt) -> int:
    """Add one new attempt to its lead's summary in one UPDATE and return the lead's new version.

    The UPDATE itself waits for the lead's lock and then sees the newest row, so two writers each count both.
    """
    version: int
    ((version,),) = ADD_ONE.rows(
        {
            "lead": attempt.lead_id,
            "method": attempt.method,
            "user": attempt.user_id,
            "occurred_at": attempt.occurred_at,
            "responded": attempt.responded,
            "response_at": attempt.response_at,
            "recorded_at": attempt.created_at,
            # All records of a person rise together, to the version the attempt was given.
            "version": attempt.lead_version,
        }
    )
    return version


def recompute(lead_id: UUID) -> int:
    """Recompute one lead's summary after any change to its attempts and return its new version."""
    return recompute_all([lead_id], always=True)[lead_id]


def rebuild_summaries(lead_ids: Sequence[UUID]) -> list[UUID]:
    """Recompute the summaries of these leads and return the ids of those that had drifted."""
    return list(recompute_all(lead_ids, always=False))


def recompute_all(lead_ids: Sequence[UUID], *, always: bool) -> dict[UUID, int]:
    """Recompute under the leads' locks, taken in id order; return the new version of each lead written.

    always: write, and so raise the version, also where the summary comes out the same.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        ids = list(lead_ids)
        cursor.execute(LOCK, [ids])
        cursor.execute(RECOMPUTE, {"leads": ids, "always": always})
        return dict(cursor.fetchall())
