"""The record: times make sense, no change left out of the audit, one row per retry, versions that add up."""

from __future__ import annotations

import pgtrigger

from crm.invariants import invariant
from crm.times import CLOCK_GRACE
from outreach.models import Direction


@invariant(6, "A response has a time exactly when there is one, and never before its contact.")
def responses() -> str:
    return f"""
        SELECT company_id, id FROM outreach_contactattempt
        WHERE responded <> (response_at IS NOT NULL) OR response_at < occurred_at
           OR responded AND direction = '{Direction.INBOUND}'
    """


@invariant(6, "No recorded time lies in the future.")
def future() -> tuple[str, dict[str, object]]:
    select = """
        SELECT company_id, id FROM outreach_contactattempt
        WHERE greatest(occurred_at, created_at, response_at, response_recorded_at, voided_at)
              > clock_timestamp() + %(grace)s
        UNION ALL
        SELECT company_id, id FROM outreach_guarddecision WHERE created_at > clock_timestamp() + %(grace)s
    """
    return select, {"grace": CLOCK_GRACE}


@invariant(7, "Each change of an attempt left audit rows, and the last of them is its present state.")
def audit() -> str:
    # Each change writes a pair of rows, before and after.
    return """
        SELECT attempt.company_id, attempt.id
        FROM outreach_contactattempt AS attempt
        LEFT JOIN (
            SELECT DISTINCT ON (id) id, responded, response_at, response_recorded_at, voided_at, void_reason
            FROM outreach_contactattemptevent WHERE pgh_label = 'after' ORDER BY id, pgh_id DESC
        ) AS last ON last.id = attempt.id
        LEFT JOIN (
            SELECT id, count(*) FILTER (WHERE pgh_label = 'before') AS before,
                   count(*) FILTER (WHERE pgh_label = 'after') AS after
            FROM outreach_contactattemptevent GROUP BY id
        ) AS pairs ON pairs.id = attempt.id
        WHERE pairs.before <> pairs.after
           OR last.id IS NULL AND (attempt.response_recorded_at > attempt.created_at
                                   OR attempt.voided_at > attempt.created_at)
           OR last.id IS NOT NULL
              AND (last.responded, last.response_at, last.response_recorded_at,
                   last.voided_at, last.void_reason) IS DISTINCT FROM
                  (attempt.responded, attempt.response_at, attempt.response_recorded_at,
                   attempt.voided_at, attempt.void_reason)
    """


@invariant(7, "The triggers that keep history append-only are in place.")
def triggers() -> tuple[str, dict[str, object]]:
    tables = [model._meta.db_table for model, _ in pgtrigger.registered()]
    names = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered()]
    select = """
        SELECT NULL::uuid, declared.table_name || ' ' || declared.name
        FROM unnest(%(tables)s::text[], %(names)s::text[]) AS declared(table_name, name)
        LEFT JOIN pg_trigger AS active
          ON active.tgname = declared.name AND active.tgrelid = to_regclass(declared.table_name)
         AND active.tgenabled IN ('O', 'A')
        WHERE active.oid IS NULL
    """
    return select, {"tables": tables, "names": names}


@invariant(8, "An idempotency key wrote one attempt; a message id is recorded once per company and method.")
def repeats() -> str:
    return """
        SELECT company_id, id FROM (
            SELECT company_id, id, idempotency_key, external_id,
                   count(*) OVER (PARTITION BY user_id, idempotency_key) AS same_key,
                   count(*) OVER (PARTITION BY company_id, method, external_id) AS same_message
            FROM outreach_contactattempt
            WHERE (idempotency_key <> '' AND user_id IS NOT NULL) OR external_id <> ''
        ) AS keyed
        WHERE idempotency_key <> '' AND same_key > 1 OR external_id <> '' AND same_message > 1
    """


@invariant(9, "A lead's version rises with each commit of contacts, and none is ahead of the lead.")
def versions() -> str:
    # An import commits several attempts at once, with one version. Version 0: recorded without one, unseen by pages.
    return """
        SELECT company_id, id FROM (
            SELECT attempt.company_id, attempt.id, attempt.lead_version, lead.version,
                   max(attempt.created_at) OVER same <> min(attempt.created_at) OVER same AS sharing
            FROM outreach_contactattempt AS attempt JOIN leads_lead AS lead ON lead.id = attempt.lead_id
            WHERE attempt.lead_version > 0
            WINDOW same AS (PARTITION BY attempt.lead_id, attempt.lead_version)
        ) AS numbered
        WHERE sharing OR lead_version > version
    """
