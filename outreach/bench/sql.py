"""The bare SQL of the same work, one statement each: what one would write without a product around it."""

from __future__ import annotations

from outreach.models import Direction

# A page of the list with each lead's owner, newest contact, newest outbound contacts, and the counts.
LEAD_LIST = f"""
SELECT lead.*, owner.first_name, owner.last_name, newest.subject, newest.direction, newest.user_name,
       guarded.by_method,
       (SELECT array[count(*), count(*) FILTER (WHERE owner_id = %(user)s),
                     count(*) FILTER (WHERE contact_count = 0)]
        FROM leads_lead WHERE company_id = %(company)s AND deleted_at IS NULL) AS counts
FROM (
    SELECT * FROM leads_lead WHERE company_id = %(company)s AND deleted_at IS NULL
    ORDER BY last_contacted_at DESC NULLS LAST, id DESC LIMIT 51
) AS lead
LEFT JOIN crm_user AS owner ON owner.id = lead.owner_id
LEFT JOIN LATERAL (
    SELECT subject, direction, user_name FROM outreach_contactattempt
    WHERE lead_id = lead.id AND voided_at IS NULL ORDER BY occurred_at DESC, id DESC LIMIT 1
) AS newest ON true
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('method', method.name, 'at', newest.occurred_at, 'who', newest.user_name))
           AS by_method
    FROM unnest(%(methods)s::text[]) AS method(name)
    CROSS JOIN LATERAL (
        SELECT occurred_at, user_name FROM outreach_contactattempt
        WHERE lead_id = lead.id AND method = method.name AND direction = '{Direction.OUTBOUND}' AND voided_at IS NULL
        ORDER BY occurred_at DESC LIMIT 1
    ) AS newest
) AS guarded
ORDER BY lead.last_contacted_at DESC NULLS LAST, lead.id DESC
"""

TIMELINE = """
SELECT id, user_id, user_name, method, direction, subject, body, responded, response_at, occurred_at,
       voided_at
FROM outreach_contactattempt WHERE lead_id = %(lead)s
ORDER BY occurred_at DESC, id DESC LIMIT 21
"""

LEAD_PAGE = f"""
SELECT to_jsonb(lead),
       (SELECT jsonb_agg(to_jsonb(identifier)) FROM leads_leadidentifier AS identifier WHERE lead_id = lead.id),
       (SELECT jsonb_agg(to_jsonb(shown)) FROM ({TIMELINE}) AS shown),
       (SELECT jsonb_object_agg(method, amount) FROM (
           SELECT method, count(*) AS amount FROM outreach_contactattempt
           WHERE lead_id = lead.id GROUP BY method
       ) AS counted)
FROM leads_lead AS lead WHERE lead.id = %(lead)s AND lead.company_id = %(company)s AND lead.deleted_at IS NULL
"""


def write_contact(method: str, blocking: str) -> str:
    """Two CTEs of a statement: `written` inserts a contact of the lead in `locked`, `summed` updates its summary.

    blocking: a SELECT of earlier contacts; if it finds one, nothing is written.
    """
    return f"""
written AS (
    INSERT INTO outreach_contactattempt (
        id, company_id, lead_id, user_id, user_name, method, direction, subject, body, metadata, responded,
        occurred_at, created_at, lead_version, external_id, idempotency_key, request_digest, voided_by_name,
        void_reason
    )
    SELECT %(attempt)s, company_id, id, %(user)s, %(user_name)s, '{method}', '{Direction.OUTBOUND}',
           %(subject)s, %(body)s,
           '{{}}', false, clock_timestamp(), clock_timestamp(), version + 1, '', '', '', '', ''
    FROM locked
    WHERE NOT EXISTS ({blocking})
    RETURNING lead_id, occurred_at, user_id
), summed AS (
    UPDATE leads_lead SET contact_count = contact_count + 1, last_contacted_at = written.occurred_at,
        last_contact_method = '{method}', last_contacted_by_id = written.user_id, version = version + 1
    FROM written WHERE leads_lead.id = written.lead_id
    RETURNING leads_lead.version
)"""


def log_contact(method: str, hours: int) -> str:
    """Lock, look for a contact by this method in these hours, insert, and keep the lead's summary."""
    blocking = f"""
        SELECT FROM outreach_contactattempt
        WHERE lead_id = locked.id AND method = '{method}' AND direction = '{Direction.OUTBOUND}' AND voided_at IS NULL
          AND occurred_at > now() - interval '{hours} hours'"""
    return f"""
WITH locked AS MATERIALIZED (
    SELECT id, company_id, version FROM leads_lead
    WHERE id = %(lead)s AND company_id = %(company)s FOR NO KEY UPDATE
), {write_contact(method, blocking)}
SELECT version FROM summed
"""


LOG_EMAIL = log_contact("email", hours=24)
