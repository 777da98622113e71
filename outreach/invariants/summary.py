"""The summary on a lead equals what follows from its attempts."""

from __future__ import annotations

from crm.invariants import invariant
from crm.postgres.codes import quoted
from leads.models import BEFORE_CONTACT, BEYOND_RESPONSE, LeadStatus


@invariant(1, "A lead counts each attempt that was not voided, once.", repairable=True)
def counts() -> str:
    return """
        SELECT lead.company_id, lead.id
        FROM leads_lead AS lead
        LEFT JOIN (
            SELECT lead_id, count(*) AS live FROM outreach_contactattempt
            WHERE voided_at IS NULL GROUP BY lead_id
        ) AS attempt ON attempt.lead_id = lead.id
        WHERE lead.contact_count <> COALESCE(attempt.live, 0)
    """


@invariant(2, "A lead's last contact is its newest attempt, with that method and rep.", repairable=True)
def last_contact() -> str:
    # Of several attempts at one instant any may be the last.
    return """
        SELECT lead.company_id, lead.id
        FROM leads_lead AS lead
        LEFT JOIN (
            SELECT lead_id, max(occurred_at) AS at FROM outreach_contactattempt
            WHERE voided_at IS NULL GROUP BY lead_id
        ) AS newest ON newest.lead_id = lead.id
        WHERE lead.last_contacted_at IS DISTINCT FROM newest.at
           OR newest.at IS NULL AND num_nonnulls(lead.last_contact_method, lead.last_contacted_by_id) > 0
           OR newest.at IS NOT NULL AND NOT EXISTS (
               SELECT FROM outreach_contactattempt AS attempt
               WHERE attempt.lead_id = lead.id AND attempt.voided_at IS NULL
                 AND attempt.occurred_at = newest.at AND attempt.method = lead.last_contact_method
                 AND attempt.user_id IS NOT DISTINCT FROM lead.last_contacted_by_id
           )
    """


@invariant(2, "A lead's last response is the newest of its attempts' responses.", repairable=True)
def last_response() -> str:
    return """
        SELECT lead.company_id, lead.id
        FROM leads_lead AS lead
        LEFT JOIN (
            SELECT lead_id, max(response_at) AS at FROM outreach_contactattempt
            WHERE voided_at IS NULL GROUP BY lead_id
        ) AS newest ON newest.lead_id = lead.id
        WHERE lead.last_response_at IS DISTINCT FROM newest.at
    """


@invariant(2, "A lead's status is what people chose, lifted by what happened since.", repairable=True)
def status() -> str:
    return f"""
        SELECT lead.company_id, lead.id
        FROM leads_lead AS lead
        LEFT JOIN (
            SELECT attempt.lead_id,
                   bool_or(attempt.responded AND COALESCE(attempt.response_recorded_at, attempt.created_at)
                           > COALESCE(chosen.status_set_at, '-infinity')) AS answered,
                   bool_or(attempt.created_at > COALESCE(chosen.status_set_at, '-infinity')) AS reached
            FROM outreach_contactattempt AS attempt
            JOIN leads_lead AS chosen ON chosen.id = attempt.lead_id
            WHERE attempt.voided_at IS NULL
            GROUP BY attempt.lead_id
        ) AS since ON since.lead_id = lead.id
        WHERE lead.status <> CASE
            WHEN since.answered AND lead.status_set NOT IN ({quoted(*BEYOND_RESPONSE)}) THEN '{LeadStatus.CONVERSING}'
            WHEN since.reached AND lead.status_set IN ({quoted(*BEFORE_CONTACT)}) THEN '{LeadStatus.CONTACTED}'
            ELSE lead.status_set
        END
    """
