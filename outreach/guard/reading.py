"""The guard's statements: all it needs to know, at a cost that does not grow with the history.

Each part gives rows of its own class (rows.py), with the lead they are about as root. The laterals with their limits
keep each read on the front of an index, one lead record and method at a time.
"""

from __future__ import annotations

from crm.models import USER_NAME
from crm.postgres.codes import quoted
from crm.postgres.union import Part, Union
from leads.methods import SPOKEN
from leads.person.records import STEPS
from outreach.guard.rows import (
    AnswerRow,
    ClaimRow,
    CompanyRow,
    EarlierRow,
    FactRow,
    FormerRow,
    LaterRow,
    LimitsRow,
    MomentRow,
    NeighbourRow,
    PendingRow,
    PresenceRow,
    RecordRow,
    TextRow,
    WishRow,
)
from outreach.guard.wording import LONGEST
from outreach.models import Direction

ATTEMPT = {
    "id": "a.id", "lead_id": "a.lead_id", "user_id": "a.user_id", "user_name": "a.user_name", "method": "a.method",
    "direction": "a.direction", "occurred_at": "a.occurred_at", "responded": "a.responded",
    "response_at": "a.response_at", "subject": "a.subject",
}  # fmt: skip


def attempt(body: int) -> dict[str, str]:
    """The columns of an attempt, its body up to so many characters: cut at the very end, for the few that are sent."""
    return {**ATTEMPT, "body": f"left(a.body, {body})"}


NAME = "COALESCE(NULLIF(btrim(lead.first_name || ' ' || lead.last_name), ''), lead.organization)"


def attempts(where: str, order: str, limit: str) -> str:
    return f"""
        SELECT a.id, a.lead_id, a.user_id, a.user_name, a.method, a.direction, a.occurred_at, a.responded,
               a.response_at, a.subject, a.body
        FROM outreach_contactattempt AS a
        WHERE a.lead_id = record.lead_id AND a.created_at <= record.until AND a.direction = '{Direction.OUTBOUND}'
          AND a.voided_at IS NULL AND {where}
        ORDER BY a.occurred_at {order}
        LIMIT {limit}
    """


def over_records(inner: str, order: str, limit: str) -> str:
    """The first rows over all records of the person asked about, each record read by itself."""
    return f"""LATERAL (
        SELECT contact.* FROM unnest(target.records, target.untils) AS record(lead_id, until)
        CROSS JOIN LATERAL ({inner}) AS contact
        ORDER BY contact.occurred_at {order} LIMIT {limit}
    ) AS a"""


# Each lead asked about with the records whose history counts; of hundreds, each is to find its own at once.
TARGET = """target AS MATERIALIZED (
    SELECT root AS lead_id, array_agg(lead_id) AS records, array_agg(until) AS untils FROM record GROUP BY root
)"""


# Enough to show; the whole text stays in the database.
BODY_SHOWN = 600
# Enough to compare.
BODY_COMPARED = LONGEST
ANSWERS_READ = 5
TEXTS_READ = 20
NEIGHBOURS_READ = 50
TEXTS_OF_A_NEIGHBOUR = 2

# The moment asked about, the limits then and now, and whose history counts: all records of the person, and those once
# reached by the same address, up to when they were.
BASE = f"""
WITH RECURSIVE moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now, COALESCE(%(when)s::timestamptz, clock_timestamp()) AS at
), defaults AS (
    SELECT * FROM unnest(%(methods)s::text[], %(hours)s::int[], %(counts)s::int[], %(days)s::int[])
        AS defaults(method, hours, count, days)
), limits AS MATERIALIZED (
    SELECT defaults.method, COALESCE(own.cooldown_hours, defaults.hours) AS hours,
           COALESCE(own.cooldown_count, defaults.count) AS count, COALESCE(own.warning_days, defaults.days) AS days
    FROM defaults
    LEFT JOIN outreach_contactpolicy AS own ON own.company_id = %(company)s::uuid AND own.method = defaults.method
), former AS MATERIALIZED (
    SELECT method, cooldown_hours AS hours, cooldown_count AS count, pgh_created_at AS until
    FROM outreach_contactpolicyevent
    WHERE company_id = %(company)s::uuid AND pgh_label = 'before'
      AND pgh_created_at > clock_timestamp() - make_interval(hours => cooldown_hours)
    UNION ALL
    SELECT defaults.method, defaults.hours, defaults.count, own.created_at
    FROM defaults
    JOIN outreach_contactpolicy AS own ON own.company_id = %(company)s::uuid AND own.method = defaults.method
    WHERE own.created_at > clock_timestamp() - make_interval(hours => defaults.hours)
), person(root, lead_id) AS (
    SELECT lead_id, lead_id FROM unnest(%(leads)s::uuid[]) AS lead(lead_id) {STEPS}
), record AS MATERIALIZED (
    SELECT root, lead_id, 'infinity'::timestamptz AS until FROM person
    UNION ALL
    SELECT person.root, former.lead_id, max(former.until)
    FROM person
    JOIN leads_leadidentifier AS own ON own.lead_id = person.lead_id
    JOIN leads_formeridentifier AS former
      ON former.company_id = own.company_id AND former.kind = own.kind AND former.person_key = own.person_key
    WHERE NOT EXISTS (SELECT FROM person AS same WHERE same.root = person.root AND same.lead_id = former.lead_id)
    GROUP BY person.root, former.lead_id
), {TARGET}
"""

MOMENT = Part("moment", MomentRow, " FROM moment", now="moment.now")
COMPANY = Part(
    "company",
    CompanyRow,
    " FROM outreach_companypolicy AS own WHERE own.company_id = %(company)s::uuid",
    limits={
        "organization_days": "own.organization_days", "organization_warns": "own.organization_warns",
        "similarity_percent": "own.similarity_percent", "claim_minutes": "own.claim_minutes",
    },
)  # fmt: skip
LIMITS = Part(
    "limits",
    LimitsRow,
    " FROM limits",
    method="limits.method", limits={"hours": "limits.hours", "contacts": "limits.count", "days": "limits.days"},
)  # fmt: skip
# As many of the newest contacts as the cooldown admits; for a moment in the past also the next ones after it.
EARLIER = Part(
    "earlier",
    EarlierRow,
    f""" FROM moment CROSS JOIN limits CROSS JOIN target
    CROSS JOIN {over_records(
        attempts("a.method = limits.method AND a.occurred_at <= moment.at", "DESC", "limits.count"),
        "DESC", "limits.count",
    )}""",
    root="target.lead_id", contact=attempt(BODY_SHOWN),
)  # fmt: skip
LATER = Part(
    "later",
    LaterRow,
    f""" FROM moment CROSS JOIN limits CROSS JOIN target
    CROSS JOIN {over_records(
        attempts("a.method = limits.method AND a.occurred_at > moment.at", "ASC", "limits.count"),
        "ASC", "limits.count",
    )}""",
    root="target.lead_id", contact=attempt(BODY_SHOWN),
)  # fmt: skip
FORMER = Part(
    "former",
    FormerRow,
    f""" FROM moment CROSS JOIN former CROSS JOIN target
    CROSS JOIN {over_records(
        attempts("a.method = former.method AND a.occurred_at <= moment.at AND a.created_at < former.until",
                 "DESC", "former.count"),
        "DESC", "former.count",
    )}""",
    root="target.lead_id", hours="former.hours", contacts="former.count", until="former.until",
    contact=attempt(BODY_SHOWN),
)  # fmt: skip
ANSWERS = Part(
    "answer",
    AnswerRow,
    f""" FROM moment CROSS JOIN record
    CROSS JOIN LATERAL (
        (SELECT a.user_id, a.response_at AS at
         FROM outreach_contactattempt AS a
         WHERE a.lead_id = record.lead_id AND a.responded AND a.voided_at IS NULL
           AND a.response_at <= moment.at AND COALESCE(a.response_recorded_at, a.created_at) <= record.until
         ORDER BY a.response_at DESC
         LIMIT %(answers)s::int)
        UNION ALL
        (SELECT COALESCE(answered.user_id, inbound.user_id), inbound.occurred_at
         FROM limits
         CROSS JOIN LATERAL (
            SELECT a.user_id, a.in_reply_to_id, a.occurred_at
            FROM outreach_contactattempt AS a
            WHERE a.lead_id = record.lead_id AND a.method = limits.method AND a.direction = '{Direction.INBOUND}'
              AND a.voided_at IS NULL AND a.occurred_at <= moment.at AND a.created_at <= record.until
            ORDER BY a.occurred_at DESC
            LIMIT %(answers)s::int
         ) AS inbound
         LEFT JOIN outreach_contactattempt AS answered ON answered.id = inbound.in_reply_to_id)
    ) AS answer""",
    root="record.root", at="answer.at", user_id="answer.user_id",
)  # fmt: skip
RECORDS = Part(
    "record",
    RecordRow,
    # OFFSET 0 as in STEPS: one by one on the index, never the whole table.
    """ FROM record CROSS JOIN LATERAL (
        SELECT first_name, last_name, organization FROM leads_lead WHERE id = record.lead_id OFFSET 0
    ) AS lead""",
    root="record.root", lead_id="record.lead_id", name=NAME, until="NULLIF(record.until, 'infinity')",
)  # fmt: skip
WISHES = Part(
    "wish",
    WishRow,
    """ FROM record
    JOIN leads_lead AS lead ON lead.id = record.lead_id AND record.until = 'infinity'
    LEFT JOIN crm_user AS member ON member.id = lead.do_not_contact_by_id
    WHERE lead.do_not_contact OR lead.do_not_contact_methods <> '{}'""",
    root="record.root", whole="lead.do_not_contact", methods="lead.do_not_contact_methods",
    reason="lead.do_not_contact_reason", noted_by_id="member.id", noted_by=f"COALESCE({USER_NAME}, '')",
    at="lead.do_not_contact_at",
)  # fmt: skip
CLAIMS = Part(
    "claim",
    ClaimRow,
    """ FROM moment CROSS JOIN record
    JOIN outreach_claim AS claim ON claim.lead_id = record.lead_id AND claim.expires_at > moment.now
    JOIN crm_user AS member ON member.id = claim.user_id AND member.company_id = claim.company_id AND member.is_active
    WHERE record.until = 'infinity'""",
    root="record.root",
    claim={
        "user_id": "claim.user_id", "user_name": "claim.user_name", "method": "claim.method",
        "lead_id": "record.lead_id", "started_at": "claim.started_at", "expires_at": "claim.expires_at",
    },
)  # fmt: skip

# Not the guard's to judge by, but read at the same glance: whose pages are open, and for whom something is pending.
PRESENT = Part(
    "present",
    PresenceRow,
    """ FROM moment CROSS JOIN record
    JOIN outreach_presence AS presence ON presence.lead_id = record.lead_id
     AND presence.seen_at > moment.now - make_interval(secs => %(presence_seconds)s::int)
    JOIN crm_user AS member
      ON member.id = presence.user_id AND member.company_id = presence.company_id AND member.is_active""",
    root="record.root",
    colleague={
        "user_id": "member.id", "user_name": USER_NAME,
        "until": "presence.seen_at + make_interval(secs => %(presence_seconds)s::int)",
    },
)  # fmt: skip
PENDING = Part(
    "pending",
    PendingRow,
    """ FROM record CROSS JOIN LATERAL (
        SELECT user_id, method FROM outreach_reminder WHERE lead_id = record.lead_id AND done_at IS NULL
        UNION ALL
        SELECT unnest(ARRAY[user_id, recipient_id]), NULL FROM outreach_colleaguenote
        WHERE lead_id = record.lead_id
    ) AS step""",
    root="record.root", user_id="step.user_id", method="step.method",
)  # fmt: skip
# Read about every lead; LATER besides where the moment is past.
GLANCE_PARTS: list[Part[FactRow]] = [
    MOMENT, COMPANY, LIMITS, EARLIER, FORMER, ANSWERS, RECORDS, WISHES, CLAIMS, PRESENT, PENDING,
]  # fmt: skip
GLANCE = Union(BASE, GLANCE_PARTS)
GLANCE_BACK = Union(BASE, [*GLANCE_PARTS, LATER])

# Read besides about leads that are about to be contacted, once their records are known: what colleagues wrote to
# this person, and to others at the organization. A lead's summary tells in advance where there is anything lately.
NEARBY_BASE = f"""
WITH moment AS MATERIALIZED (
    SELECT %(when)s::timestamptz AS at
), record AS MATERIALIZED (
    SELECT root, lead_id, COALESCE(until, 'infinity') AS until
    FROM unnest(%(roots)s::uuid[], %(records)s::uuid[], %(untils)s::timestamptz[]) AS known(root, lead_id, until)
), {TARGET}
"""
TEXTS = Part(
    "text",
    TextRow,
    f""" FROM moment CROSS JOIN target
    CROSS JOIN {over_records(
        attempts(f"a.method NOT IN ({quoted(*SPOKEN)}) AND a.user_id IS DISTINCT FROM %(user)s::uuid"
                 " AND a.occurred_at <= moment.at"
                 " AND a.occurred_at > moment.at - make_interval(days => %(similar_days)s::int)",
                 "DESC", str(TEXTS_READ)),
        "DESC", str(TEXTS_READ),
    )}""",
    root="target.lead_id", contact=attempt(BODY_COMPARED),
)  # fmt: skip
NEIGHBOUR_DAYS = "GREATEST(%(similar_days)s::int, %(organization_days)s::int)"


def neighbours(body: int, texts: int) -> Part[NeighbourRow]:
    """The newest contacts with others at the organization of each lead: so many of each of them, so much of a body."""
    contacts = attempts(
        "a.user_id IS DISTINCT FROM %(user)s::uuid AND a.occurred_at <= moment.at"
        f" AND a.occurred_at > moment.at - make_interval(days => {NEIGHBOUR_DAYS})",
        "DESC", str(texts),
    )  # fmt: skip
    return Part(
        "neighbour",
        NeighbourRow,
        f""" FROM moment CROSS JOIN target JOIN leads_lead AS own ON own.id = target.lead_id CROSS JOIN LATERAL (
            SELECT lead.*, 'infinity'::timestamptz AS until, lead.id AS lead_id
            FROM leads_lead AS lead
            WHERE lead.organization_keys && own.organization_keys AND lead.company_id = %(company)s::uuid
              AND lead.last_contacted_at > moment.at - make_interval(days => {NEIGHBOUR_DAYS})
              AND lead.id <> ALL(target.records)
            ORDER BY lead.last_contacted_at DESC
            LIMIT {NEIGHBOURS_READ}
        ) AS lead
        CROSS JOIN LATERAL (
            SELECT contact.* FROM (SELECT lead.id AS lead_id, lead.until) AS record
            CROSS JOIN LATERAL ({contacts}) AS contact
        ) AS a""",
        root="target.lead_id", name=NAME, contact=attempt(body),
    )  # fmt: skip


NEARBY = Union[FactRow](NEARBY_BASE, [TEXTS, neighbours(BODY_COMPARED, TEXTS_OF_A_NEIGHBOUR)])
# Where nothing is to be compared, the newest contact of each neighbour says it all.
NEARBY_CONTACTS = Union[FactRow](NEARBY_BASE, [neighbours(0, 1)])
