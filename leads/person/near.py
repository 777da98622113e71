"""Who may also be this person: a name much like it at the same organization. A hint for people; it joins nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from uuid import UUID

from crm.models import User
from crm.postgres.prepared import Prepared
from leads.models import Lead

MOST = 3
ALIKE = 0.8

# Names at these organizations that begin with one of the letters. Of a huge organization so many are looked at that
# nobody waits, and everybody of the very same name.
CANDIDATES = Prepared("""
WITH at_organization AS (
    SELECT id, first_name, last_name FROM leads_lead
    WHERE organization_keys && %(keys)s::varchar[] AND company_id = %(company)s::uuid AND deleted_at IS NULL
    LIMIT 2000
), of_this_name AS (
    SELECT id, first_name, last_name FROM leads_lead
    WHERE upper(last_name) = upper(%(last)s::text) AND upper(first_name) = upper(%(first)s::text)
      AND company_id = %(company)s::uuid AND deleted_at IS NULL AND organization_keys && %(keys)s::varchar[]
    LIMIT 20
)
(SELECT * FROM at_organization WHERE upper(left(last_name, 1)) = ANY(%(letters)s::text[]) LIMIT 500)
UNION
SELECT * FROM of_this_name
""")


def find_near(
    user: User, *, first: str, last: str, organization_keys: Sequence[str], besides: Collection[UUID] = ()
) -> list[Lead]:
    """At most three leads whose name is much like this one's at one of these organizations, the most alike first."""
    if not last or not organization_keys:
        return []
    letters = [name[:1].upper() for name in (first, last) if name]
    values = {"keys": list(organization_keys), "first": first, "last": last, "letters": letters}
    likeness = {
        lead_id: alike((first, last), (other_first, other_last))
        for lead_id, other_first, other_last in CANDIDATES.rows({**values, "company": user.company_id})
        if lead_id not in besides
    }
    nearest = sorted((lead_id for lead_id in likeness if likeness[lead_id]), key=lambda lead_id: -likeness[lead_id])
    if not nearest:
        return []
    leads = Lead.objects.visible_to(user).filter(pk__in=nearest[:MOST]).select_related("owner", "last_contacted_by")
    return sorted(leads, key=lambda lead: nearest.index(lead.id))


def alike(one: tuple[str, str], other: tuple[str, str]) -> float:
    """How much alike two names of first and last are, from 0 (others) to 1; their order may be swapped."""
    return max(in_order(one, other), in_order(one, (other[1], other[0])))


def in_order(one: tuple[str, str], other: tuple[str, str]) -> float:
    first, last, other_first, other_last = map(folded, one + other)
    likeness = SequenceMatcher(None, last, other_last).ratio() if last and other_last else 0.0
    return likeness if likeness >= ALIKE and first_names_fit(first, other_first) else 0.0


def first_names_fit(one: str, other: str) -> bool:
    """ "Will", "W." and nothing fit to "William"; "Wilhelm" does not fit to "Anna"."""
    return one.startswith(other) or other.startswith(one) or SequenceMatcher(None, one, other).ratio() >= ALIKE


def folded(name: str) -> str:
    text = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in text if letter.isalnum())
