"""The claim on a person while a rep writes to them. It warns colleagues, blocks nobody and leaves no history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection

from crm.models import User
from crm.models.ids import new_id
from leads.methods import ContactMethod
from leads.models import Lead
from leads.person.records import records_of
from outreach.live import events
from outreach.models import Claim

if TYPE_CHECKING:

    class RenewedClaim(Claim):
        """A claim as CLAIM returns it."""

        method_before: str | None  # None for a claim that is new or had run out
        seconds_left: float


# One row for each rep and lead. Only a claim that had run out starts anew. Deletes claims that ran out long ago.
CLAIM = """
WITH clock AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), before AS MATERIALIZED (
    SELECT method FROM outreach_claim, clock
    WHERE lead_id = %(lead)s AND user_id = %(user)s AND expires_at > clock.now
), swept AS (
    DELETE FROM outreach_claim WHERE id IN (
        SELECT id FROM outreach_claim
        WHERE expires_at < clock_timestamp() - interval '1 day' AND (lead_id, user_id) <> (%(lead)s, %(user)s)
        LIMIT 20 FOR UPDATE SKIP LOCKED)
)
INSERT INTO outreach_claim AS held (id, company_id, lead_id, user_id, user_name, method, started_at, expires_at)
SELECT %(id)s, lead.company_id, lead.id, %(user)s, %(name)s, %(method)s, clock.now,
       clock.now + make_interval(mins => COALESCE(policy.claim_minutes, %(minutes)s))
FROM clock
CROSS JOIN leads_lead AS lead
LEFT JOIN outreach_companypolicy AS policy ON policy.company_id = lead.company_id
WHERE lead.id = %(lead)s AND lead.company_id = %(company)s AND lead.deleted_at IS NULL
ON CONFLICT (lead_id, user_id) DO UPDATE
SET user_name = EXCLUDED.user_name, method = EXCLUDED.method, expires_at = EXCLUDED.expires_at,
    started_at = CASE WHEN held.expires_at > EXCLUDED.started_at THEN held.started_at ELSE EXCLUDED.started_at END
RETURNING held.*, (SELECT method FROM before) AS method_before,
          extract(epoch FROM held.expires_at - clock_timestamp())::float AS seconds_left
"""

FREE = """
DELETE FROM outreach_claim AS held WHERE lead_id = ANY(%(leads)s::uuid[]) AND user_id = %(user)s
RETURNING held.lead_id, held.expires_at > clock_timestamp(),
          EXISTS (SELECT FROM outreach_presence AS presence
                  WHERE presence.lead_id = held.lead_id AND presence.user_id = held.user_id)
"""


def claim_person(*, lead_id: UUID, user: User, method: str) -> RenewedClaim:
    """Show colleagues that this user is writing to the person, for the policy's minutes; again to renew it.

    Raises Lead.DoesNotExist for a foreign or deleted lead and ValidationError for an unknown method.
    """
    if method not in ContactMethod.values:
        raise ValidationError({"method": "Pick how you are about to contact the lead."})
    claims = Claim.objects.raw(CLAIM, parameters(lead_id, user, method))
    claim = cast("RenewedClaim | None", next(iter(claims), None))
    if claim is None:
        raise Lead.DoesNotExist("No such lead.")
    # A renewed claim is not announced: pages read it again by themselves when it would have run out.
    if claim.method_before != method:
        was = "writing" if claim.method_before else ""
        records = records_of([lead_id])[lead_id]
        events.announce_presence(lead_id, records, user, doing="writing", was=was, method=method)
    return claim


def parameters(lead_id: UUID, user: User, method: str) -> dict[str, UUID | str | int | None]:
    return {
        "id": new_id(),
        "lead": lead_id,
        "company": user.company_id,
        "user": user.id,
        "name": user.name,
        "method": method,
        "minutes": settings.COMPANY_POLICY_DEFAULTS["claim_minutes"],
    }


def release_person(*, lead_id: UUID, user: User) -> None:
    """The user has stopped writing. Without a claim nothing changes. Raises Lead.DoesNotExist as `claim_person`."""
    if not Lead.objects.visible_to(user).filter(pk=lead_id).exists():
        raise Lead.DoesNotExist("No such lead.")
    free(user, [lead_id])


def free_after_contact(user: User, record_ids: Iterable[UUID]) -> None:
    """End the claim, as the contact has been logged. record_ids: all records of the person."""
    records = list(record_ids)
    free(user, records, records)


def free(user: User, lead_ids: list[UUID], record_ids: list[UUID] | None = None) -> None:
    """Delete the user's claims on these leads and announce each that had not run out."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"leads": lead_ids, "user": user.id})
        freed = cursor.fetchall()
    for lead_id, was_active, is_present in freed:
        if was_active:
            records = record_ids or records_of([lead_id])[lead_id]
            doing = "viewing" if is_present else "left"
            events.announce_presence(lead_id, records, user, doing=doing, was="writing")
