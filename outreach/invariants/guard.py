"""No contact passed the guard: those closer together than the policy allows have a decision or are a conversation."""

from __future__ import annotations

from datetime import timedelta

from crm.invariants import invariant
from leads.methods import ContactMethod
from outreach.guard.question import PAST_AFTER
from outreach.models import DecisionKind, Direction, Rule, default_limits

# A contact reported as a little earlier counts as one of now, and the guard reads its clock a moment later.
GRACE = PAST_AFTER + timedelta(seconds=1)

# Judged by what was known when the later of two contacts was recorded: leads that were found to be one person later,
# answers that were taken back and limits that were changed since make no difference.
TOO_CLOSE = f"""
WITH default_policy AS (
    SELECT company.id AS company_id, limits.*
    FROM crm_company AS company
    CROSS JOIN unnest(%(methods)s::text[], %(hours)s::int[], %(counts)s::int[]) AS limits(method, hours, count)
), changed AS (
    SELECT company_id, method, cooldown_hours AS hours, cooldown_count AS count, pgh_created_at AS until
    FROM outreach_contactpolicyevent WHERE pgh_label = 'before'
    UNION ALL
    SELECT company_id, method, cooldown_hours, cooldown_count, 'infinity' FROM outreach_contactpolicy
    UNION ALL
    SELECT unset.company_id, unset.method, unset.hours, unset.count, COALESCE(own.created_at, 'infinity')
    FROM default_policy AS unset LEFT JOIN outreach_contactpolicy AS own USING (company_id, method)
), policy AS (
    SELECT *, COALESCE(lag(until) OVER (PARTITION BY company_id, method ORDER BY until), '-infinity') AS since
    FROM changed
), identifier AS (
    SELECT company_id, lead_id, kind, person_key, since FROM leads_leadidentifier
), same_person AS (
    SELECT id AS lead_id, id AS other_id, '-infinity'::timestamptz AS since FROM leads_lead
    UNION ALL
    SELECT own.lead_id, other.lead_id, min(greatest(own.since, other.since))
    FROM identifier AS own
    JOIN identifier AS other USING (company_id, kind, person_key)
    WHERE own.lead_id <> other.lead_id
    GROUP BY own.lead_id, other.lead_id
), contact AS (
    SELECT later.id, later.company_id, later.user_id, later.method, later.occurred_at, later.created_at,
           person.other_id, policy.hours, policy.count
    FROM policy
    JOIN outreach_contactattempt AS later ON later.company_id = policy.company_id AND later.method = policy.method
     AND later.created_at >= policy.since AND later.created_at < policy.until
    JOIN same_person AS person ON person.lead_id = later.lead_id AND person.since <= later.created_at
    WHERE policy.hours > 0 AND later.direction = '{Direction.OUTBOUND}' AND later.voided_at IS NULL
), too_close AS (
    SELECT contact.id
    FROM contact
    -- One short walk on the guard's index for each contact, however many its lead has.
    CROSS JOIN LATERAL (
        SELECT count(*) AS earlier FROM outreach_contactattempt AS earlier
        WHERE earlier.lead_id = contact.other_id AND earlier.method = contact.method
          AND earlier.direction = '{Direction.OUTBOUND}' AND earlier.voided_at IS NULL
          AND earlier.occurred_at > contact.occurred_at - make_interval(hours => contact.hours) + %(grace)s
          AND earlier.occurred_at < contact.occurred_at + make_interval(hours => contact.hours) - %(grace)s
          AND (earlier.created_at, earlier.id) < (contact.created_at, contact.id)
    ) AS near
    GROUP BY contact.id, contact.count
    HAVING sum(near.earlier) >= contact.count
), undecided AS (
    SELECT contact.* FROM contact JOIN too_close USING (id)
    WHERE NOT EXISTS (
        SELECT FROM outreach_guarddecision AS decision
        WHERE decision.attempt_id = contact.id
          AND (decision.kind = '{DecisionKind.COLLISION}'
               OR decision.kind = '{DecisionKind.OVERRIDDEN}' AND decision.rule = '{Rule.COOLDOWN}')
    )
), last_contact AS (
    SELECT undecided.id, max(before.at) AS at
    FROM undecided
    CROSS JOIN LATERAL (
        SELECT occurred_at AS at FROM outreach_contactattempt AS before
        WHERE before.lead_id = undecided.other_id AND before.direction = '{Direction.OUTBOUND}'
          AND before.id <> undecided.id
          AND before.occurred_at <= undecided.occurred_at AND before.created_at <= undecided.created_at
          AND (before.voided_at IS NULL OR before.voided_at > undecided.created_at)
        ORDER BY before.occurred_at DESC LIMIT 1
    ) AS before
    GROUP BY undecided.id
), answer AS (
    SELECT lead_id, user_id AS to_user, response_at AS at, response_recorded_at AS recorded_at, voided_at
    FROM outreach_contactattempt WHERE responded
    UNION ALL
    SELECT attempt.lead_id, attempt.user_id, former.response_at, former.response_recorded_at, attempt.voided_at
    FROM outreach_contactattemptevent AS former
    JOIN outreach_contactattempt AS attempt ON attempt.id = former.id
    WHERE former.pgh_label = 'before' AND former.responded
    UNION ALL
    SELECT inbound.lead_id, COALESCE(answered.user_id, inbound.user_id), inbound.occurred_at, inbound.created_at,
           inbound.voided_at
    FROM outreach_contactattempt AS inbound
    LEFT JOIN outreach_contactattempt AS answered ON answered.id = inbound.in_reply_to_id
    WHERE inbound.direction = '{Direction.INBOUND}'
), conversation AS (
    SELECT undecided.id
    FROM undecided
    JOIN answer ON answer.lead_id = undecided.other_id
    LEFT JOIN last_contact ON last_contact.id = undecided.id
    WHERE answer.to_user IS NOT DISTINCT FROM undecided.user_id
      AND answer.recorded_at <= undecided.created_at AND answer.at <= undecided.created_at
      AND (answer.voided_at IS NULL OR answer.voided_at > undecided.created_at)
      AND answer.at > COALESCE(last_contact.at, '-infinity')
)
SELECT company_id, id FROM undecided WHERE id NOT IN (SELECT id FROM conversation)
"""


@invariant(4, "No contacts lie closer than the policy allows without a decision or a conversation.")
def cooldowns() -> tuple[str, dict[str, object]]:
    defaults = [default_limits(method) for method in ContactMethod.values]
    return TOO_CLOSE, {
        "methods": ContactMethod.values,
        "hours": [limits["cooldown_hours"] for limits in defaults],
        "counts": [limits["cooldown_count"] for limits in defaults],
        "grace": GRACE,
    }


@invariant(
    5,
    "An override has a user, a reason and an earlier attempt of the same company, or a claim.",
)
def overrides() -> str:
    return f"""
        SELECT decision.company_id, decision.id
        FROM outreach_guarddecision AS decision
        LEFT JOIN outreach_contactattempt AS earlier ON earlier.id = decision.earlier_attempt_id
        LEFT JOIN outreach_contactattempt AS attempt ON attempt.id = decision.attempt_id
        WHERE decision.kind = '{DecisionKind.OVERRIDDEN}' AND NOT COALESCE(
            decision.user_name <> '' AND btrim(decision.reason) <> ''
            -- A colleague who only had the dialog open has no attempt yet.
            AND (decision.rule = '{Rule.CLAIMED}' AND earlier.id IS NULL
                 OR earlier.company_id = decision.company_id AND earlier.created_at <= attempt.created_at)
            AND attempt.lead_id = decision.lead_id
            AND attempt.user_id IS NOT DISTINCT FROM decision.user_id, false)
    """
