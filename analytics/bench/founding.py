"""The founding document's table with its five indexes, and its queries as it wrote them."""

from __future__ import annotations

TABLE = """
DROP TABLE IF EXISTS founding_contact_attempts;
CREATE TABLE founding_contact_attempts (
    id uuid PRIMARY KEY, company_id uuid NOT NULL, lead_id uuid NOT NULL, user_id uuid, method varchar(50) NOT NULL,
    direction varchar(20) NOT NULL, subject text, body text, responded boolean DEFAULT false, response_at timestamptz,
    metadata jsonb DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO founding_contact_attempts
SELECT id, company_id, lead_id, user_id, method, direction, subject, body, responded, response_at, metadata, occurred_at
FROM outreach_contactattempt WHERE voided_at IS NULL ORDER BY occurred_at;
CREATE INDEX idx_contact_attempts_company ON founding_contact_attempts(company_id);
CREATE INDEX idx_contact_attempts_lead ON founding_contact_attempts(lead_id);
CREATE INDEX idx_contact_attempts_user ON founding_contact_attempts(company_id, user_id);
CREATE INDEX idx_contact_attempts_method ON founding_contact_attempts(company_id, method);
CREATE INDEX idx_contact_attempts_created ON founding_contact_attempts(company_id, created_at DESC)
"""

BY_CHANNEL = """
SELECT method, COUNT(*) AS total_attempts, COUNT(*) FILTER (WHERE responded = true) AS responses,
       ROUND(COUNT(*) FILTER (WHERE responded = true)::numeric / COUNT(*)::numeric * 100, 2) AS response_rate_percent
FROM founding_contact_attempts
WHERE company_id = %(company)s AND created_at >= NOW() - INTERVAL '30 days'
GROUP BY method ORDER BY total_attempts DESC
"""
RESPONSE_TIME = """
SELECT method, AVG(EXTRACT(EPOCH FROM (response_at - created_at)) / 3600) AS avg_response_hours
FROM founding_contact_attempts
WHERE company_id = %(company)s AND responded = true AND created_at >= NOW() - INTERVAL '30 days'
GROUP BY method
"""
TOP_PERFORMERS = """
SELECT u.first_name || ' ' || u.last_name AS rep_name, COUNT(*) AS total_attempts,
       COUNT(*) FILTER (WHERE ca.responded = true) AS responses,
       ROUND(COUNT(*) FILTER (WHERE ca.responded = true)::numeric / COUNT(*)::numeric * 100, 2) AS response_rate_percent
FROM founding_contact_attempts ca JOIN crm_user u ON u.id = ca.user_id
WHERE ca.company_id = %(company)s AND ca.created_at >= NOW() - INTERVAL '30 days'
GROUP BY u.id, u.first_name, u.last_name
HAVING COUNT(*) >= 10
ORDER BY response_rate_percent DESC LIMIT 10
"""
QUERIES = {"by channel": BY_CHANNEL, "response time": RESPONSE_TIME, "top performers": TOP_PERFORMERS}
