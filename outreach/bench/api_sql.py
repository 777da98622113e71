"""The bare SQL of the API's work: one statement each, without token, similarity, claims or other records."""

from __future__ import annotations

from outreach.bench.sql import LOG_CONTACT

# One lead that many call at once: by a method without a cooldown, so the time looked at lies ahead of all contacts.
LOG_CALL = LOG_CONTACT.replace("'email'", "'call'").replace("interval '24 hours'", "interval '-1 hours'")

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

CHECK = """
SELECT lead.id, wanted.method, held.occurred_at, held.user_name, held.subject
FROM leads_lead AS lead
CROSS JOIN unnest(%(methods)s::text[]) AS wanted(method)
LEFT JOIN LATERAL (
    SELECT occurred_at, user_name, subject FROM outreach_contactattempt
    WHERE lead_id = lead.id AND method = wanted.method AND direction = 'outbound' AND voided_at IS NULL
      AND occurred_at > now() - interval '7 days'
    ORDER BY occurred_at DESC LIMIT 1
) AS held ON true
WHERE lead.id = ANY(%(leads)s::uuid[]) AND lead.company_id = %(company)s
"""
