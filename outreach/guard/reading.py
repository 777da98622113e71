"""The guard's statements: all it needs to know, at a cost that does not grow with the history.

Every row names its part and the lead asked about. The laterals with their limits keep each read on the front of
an index, one lead record and method at a time.
"""

from __future__ import annotations

from crm.postgres.codes import quoted
from crm.postgres.prepared import Prepared
from leads.methods import SPOKEN
from leads.person.records import STEPS
from outreach.guard.wording import LONGEST
from outreach.models import Direction

# What every part gives, in this order; a part leaves out what it does not speak of. The last ones, from the id on, are
# those of Previous.
COLUMNS = {
    "part": "text", "root": "uuid", "method": "text", "hours": "int", "count": "int", "days": "int",
    "flag": "boolean", "moment": "timestamptz", "until": "timestamptz", "words": "text", "methods": "text[]",
    "id": "uuid", "lead_id": "uuid", "user_id": "uuid", "user_name": "text", "by": "text", "direction": "text",
    "occurred_at": "timestamptz", "responded": "boolean", "response_at": "timestamptz", "subject": "text",
    "body": "text",
}  # fmt: skip

ATTEMPT = {
    "id": "a.id", "lead_id": "a.lead_id", "user_id": "a.user_id", "user_name": "a.user_name", "by": "a.method",
    "direction": "a.direction", "occurred_at": "a.occurred_at", "responded": "a.responded",
    "response_at": "a.response_at", "subject": "a.subject",
}  # fmt: skip


def attempt(body: int) -> dict[str, str]:
    """The columns of an attempt, its body up to so many characters: cut at the very end, for the few that are sent."""
    return {**ATTEMPT, "body": f"left(a.body, {body})"}


NAME = "COALESCE(NULLIF(btrim(lead.first_name || ' ' || lead.last_name), ''), lead.organization)"


def part(name: str, source: str, **columns: str) -> str:
    """A SELECT of one part: its own columns, and NULL for all others."""
    given = {"part": f"'{name}'", **columns}
    return "SELECT " + ", ".join(f"({given.get(c, 'NULL')})::{kind} AS {c}" for c, kind in COLUMNS.items()) + source


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
        SELECT found.* FROM unnest(asked.records, asked.untils) AS record(lead_id, until)
        CROSS JOIN LATERAL ({inner}) AS found
        ORDER BY found.occurred_at {order} LIMIT {limit}
    ) AS a"""


# Each lead asked about with the records whose history counts; of hundreds, each is to find its own at once.
ASKED = """asked AS MATERIALIZED (
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

# What was asked, the limits then and now, and whose history counts: all records of the person, and those once
# reached by the same address, up to when they were.
BASE = f"""
WITH RECURSIVE moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now, COALESCE(%(when)s::timestamptz, clock_timestamp()) AS asked
), given AS (
    SELECT * FROM unnest(%(methods)s::text[], %(hours)s::int[], %(counts)s::int[], %(days)s::int[])
        AS given(method, hours, count, days)
), limits AS MATERIALIZED (
    SELECT given.method, COALESCE(own.cooldown_hours, given.hours) AS hours,
           COALESCE(own.cooldown_count, given.count) AS count, COALESCE(own.warning_days, given.days) AS days
    FROM given
    LEFT JOIN outreach_contactpolicy AS own ON own.company_id = %(company)s::uuid AND own.method = given.method
), former AS MATERIALIZED (
    SELECT method, cooldown_hours AS hours, cooldown_count AS count, pgh_created_at AS until
    FROM outreach_contactpolicyevent
    WHERE company_id = %(company)s::uuid AND pgh_label = 'before'
      AND pgh_created_at > clock_timestamp() - make_interval(hours => cooldown_hours)
    UNION ALL
    SELECT given.method, given.hours, given.count, own.created_at
    FROM given
    JOIN outreach_contactpolicy AS own ON own.company_id = %(company)s::uuid AND own.method = given.method
    WHERE own.created_at > clock_timestamp() - make_interval(hours => given.hours)
), person(root, lead_id) AS (
    SELECT lead_id, lead_id FROM unnest(%(leads)s::uuid[]) AS wanted(lead_id) {STEPS}
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
), {ASKED}
"""

# As many of the newest contacts as the cooldown admits; for a moment in the past also the next ones after it.
EARLIER = part(
    "earlier",
    f""" FROM moment CROSS JOIN limits CROSS JOIN asked
    LEFT JOIN {over_records(
        attempts("a.method = limits.method AND a.occurred_at <= moment.asked", "DESC", "limits.count"),
        "DESC", "limits.count",
    )} ON true""",
    root="asked.lead_id", method="limits.method", hours="limits.hours", count="limits.count", days="limits.days",
    moment="moment.now", **attempt(BODY_SHOWN),
)  # fmt: skip
LATER = part(
    "later",
    f""" FROM moment CROSS JOIN limits CROSS JOIN asked
    CROSS JOIN {over_records(
        attempts("a.method = limits.method AND a.occurred_at > moment.asked", "ASC", "limits.count"),
        "ASC", "limits.count",
    )}""",
    root="asked.lead_id", method="limits.method", **attempt(BODY_SHOWN),
)  # fmt: skip
FORMER = part(
    "former",
    f""" FROM moment CROSS JOIN former CROSS JOIN asked
    CROSS JOIN {over_records(
        attempts("a.method = former.method AND a.occurred_at <= moment.asked AND a.created_at < former.until",
                 "DESC", "former.count"),
        "DESC", "former.count",
    )}""",
    root="asked.lead_id", method="former.method", hours="former.hours", count="former.count", until="former.until",
    **attempt(BODY_SHOWN),
)  # fmt: skip
ANSWERS = part(
    "answer",
    f""" FROM moment CROSS JOIN record
    CROSS JOIN LATERAL (
        (SELECT a.user_id AS to_user, a.response_at AS at
         FROM outreach_contactattempt AS a
         WHERE a.lead_id = record.lead_id AND a.responded AND a.voided_at IS NULL
           AND a.response_at <= moment.asked AND COALESCE(a.response_recorded_at, a.created_at) <= record.until
         ORDER BY a.response_at DESC
         LIMIT %(answers)s::int)
        UNION ALL
        (SELECT COALESCE(answered.user_id, inbound.user_id), inbound.occurred_at
         FROM limits
         CROSS JOIN LATERAL (
            SELECT a.user_id, a.in_reply_to_id, a.occurred_at
            FROM outreach_contactattempt AS a
            WHERE a.lead_id = record.lead_id AND a.method = limits.method AND a.direction = '{Direction.INBOUND}'
              AND a.voided_at IS NULL AND a.occurred_at <= moment.asked AND a.created_at <= record.until
            ORDER BY a.occurred_at DESC
            LIMIT %(answers)s::int
         ) AS inbound
         LEFT JOIN outreach_contactattempt AS answered ON answered.id = inbound.in_reply_to_id)
    ) AS said""",
    root="record.root", user_id="said.to_user", occurred_at="said.at",
)  # fmt: skip
RECORDS = part(
    "record",
    # OFFSET 0 as in STEPS: one by one on the index, never the whole table.
    """ FROM record CROSS JOIN LATERAL (
        SELECT first_name, last_name, organization FROM leads_lead WHERE id = record.lead_id OFFSET 0
    ) AS lead""",
    root="record.root", lead_id="record.lead_id", words=NAME, until="NULLIF(record.until, 'infinity')",
)  # fmt: skip
WISHES = part(
    "wish",
    """ FROM record
    JOIN leads_lead AS lead ON lead.id = record.lead_id AND record.until = 'infinity'
    LEFT JOIN crm_user AS noted ON noted.id = lead.do_not_contact_by_id
    WHERE lead.do_not_contact OR lead.do_not_contact_methods <> '{}'""",
    root="record.root", flag="lead.do_not_contact", methods="lead.do_not_contact_methods",
    words="lead.do_not_contact_reason", user_id="noted.id", moment="lead.do_not_contact_at",
    user_name="COALESCE(NULLIF(btrim(noted.first_name || ' ' || noted.last_name), ''), noted.email)",
    lead_id="lead.id",
)  # fmt: skip
CLAIMS = part(
    "claim",
    """ FROM moment CROSS JOIN record
    JOIN outreach_claim AS claim ON claim.lead_id = record.lead_id AND claim.expires_at > moment.now
    JOIN crm_user AS member ON member.id = claim.user_id AND member.company_id = claim.company_id AND member.is_active
    WHERE record.until = 'infinity'""",
    root="record.root", lead_id="record.lead_id", user_id="claim.user_id", user_name="claim.user_name",
    method="claim.method", moment="claim.started_at", until="claim.expires_at",
)  # fmt: skip

# Not the guard's to judge by, but read at the same glance: whose pages are open, and for whom something is pending.
SEATS = part(
    "seat",
    """ FROM moment CROSS JOIN record
    JOIN outreach_presence AS seat ON seat.lead_id = record.lead_id
     AND seat.seen_at > moment.now - make_interval(secs => %(seat_seconds)s::int)
    JOIN crm_user AS member ON member.id = seat.user_id AND member.company_id = seat.company_id AND member.is_active""",
    root="record.root", user_id="member.id", until="seat.seen_at + make_interval(secs => %(seat_seconds)s::int)",
    user_name="COALESCE(NULLIF(btrim(member.first_name || ' ' || member.last_name), ''), member.email)",
)  # fmt: skip
PENDING = part(
    "pending",
    """ FROM record CROSS JOIN LATERAL (
        SELECT user_id, method FROM outreach_reminder WHERE lead_id = record.lead_id AND done_at IS NULL
        UNION ALL
        SELECT unnest(ARRAY[user_id, recipient_id]), NULL FROM outreach_colleaguenote
        WHERE lead_id = record.lead_id
    ) AS step""",
    root="record.root", user_id="step.user_id", method="step.method",
)  # fmt: skip
COMPANY = part(
    "company",
    """ FROM (SELECT 1) AS one LEFT JOIN outreach_companypolicy AS own ON own.company_id = %(company)s::uuid""",
    days="own.organization_days", flag="own.organization_warns", count="own.similarity_percent",
    hours="own.claim_minutes",
)  # fmt: skip
# What is asked of every lead; LATER is asked besides where the moment is past.
GLANCE_PARTS = [EARLIER, FORMER, ANSWERS, RECORDS, WISHES, CLAIMS, SEATS, PENDING, COMPANY]
GLANCE = Prepared(BASE + " UNION ALL ".join(GLANCE_PARTS))
GLANCE_BACK = Prepared(BASE + " UNION ALL ".join([*GLANCE_PARTS, LATER]))

# Asked besides about leads that are about to be contacted, once their records are known: what colleagues wrote to
# this person, and to others at the organization. A lead's summary tells in advance where there is anything lately.
NEARBY_BASE = f"""
WITH moment AS MATERIALIZED (
    SELECT %(when)s::timestamptz AS asked
), record AS MATERIALIZED (
    SELECT root, lead_id, COALESCE(until, 'infinity') AS until
    FROM unnest(%(roots)s::uuid[], %(records)s::uuid[], %(untils)s::timestamptz[]) AS known(root, lead_id, until)
), {ASKED}
"""
TEXTS = part(
    "text",
    f""" FROM moment CROSS JOIN asked
    CROSS JOIN {over_records(
        attempts(f"a.method NOT IN ({quoted(*SPOKEN)}) AND a.user_id IS DISTINCT FROM %(user)s::uuid"
                 " AND a.occurred_at <= moment.asked"
                 " AND a.occurred_at > moment.asked - make_interval(days => %(similar_days)s::int)",
                 "DESC", str(TEXTS_READ)),
        "DESC", str(TEXTS_READ),
    )}""",
    root="asked.lead_id", **attempt(BODY_COMPARED),
)  # fmt: skip
NEIGHBOUR_DAYS = "GREATEST(%(similar_days)s::int, %(organization_days)s::int)"


def neighbours(body: int, texts: int) -> str:
    """The newest contacts with others at the organization of each lead: so many of each of them, so much of a body."""
    contacts = attempts(
        "a.user_id IS DISTINCT FROM %(user)s::uuid AND a.occurred_at <= moment.asked"
        f" AND a.occurred_at > moment.asked - make_interval(days => {NEIGHBOUR_DAYS})",
        "DESC", str(texts),
    )  # fmt: skip
    return part(
        "neighbour",
        f""" FROM moment CROSS JOIN asked JOIN leads_lead AS own ON own.id = asked.lead_id CROSS JOIN LATERAL (
            SELECT lead.*, 'infinity'::timestamptz AS until, lead.id AS lead_id
            FROM leads_lead AS lead
            WHERE lead.organization_keys && own.organization_keys AND lead.company_id = %(company)s::uuid
              AND lead.last_contacted_at > moment.asked - make_interval(days => {NEIGHBOUR_DAYS})
              AND lead.id <> ALL(asked.records)
            ORDER BY lead.last_contacted_at DESC
            LIMIT {NEIGHBOURS_READ}
        ) AS lead
        CROSS JOIN LATERAL (
            SELECT found.* FROM (SELECT lead.id AS lead_id, lead.until) AS record
            CROSS JOIN LATERAL ({contacts}) AS found
        ) AS a""",
        root="asked.lead_id", words=NAME, **attempt(body),
    )  # fmt: skip


NEARBY = Prepared(NEARBY_BASE + TEXTS + " UNION ALL " + neighbours(BODY_COMPARED, TEXTS_OF_A_NEIGHBOUR))
# Where nothing is to be compared, the newest contact of each neighbour says it all.
NEARBY_CONTACTS = Prepared(NEARBY_BASE + neighbours(0, 1))
