"""A person's wish not to be contacted, at all or by some methods: it is valid for every record of the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from crm.times import EARLIEST
from leads.models import Lead
from leads.person.records import STEPS

# The wishes known on any record of these leads' persons, also on a record that was once reached by the same
# address, if the wish is from that time.
KNOWN = f"""
WITH RECURSIVE person(root, lead_id) AS (
    SELECT NULL::uuid, id FROM unnest(%(leads)s::uuid[]) AS lead(id) {STEPS}
), record AS (
    SELECT lead_id, 'infinity'::timestamptz AS until FROM person
    UNION ALL
    SELECT former.lead_id, former.until
    FROM person
    JOIN leads_leadidentifier AS own ON own.lead_id = person.lead_id
    JOIN leads_formeridentifier AS former
      ON former.company_id = own.company_id AND former.kind = own.kind AND former.person_key = own.person_key
)
SELECT DISTINCT lead.do_not_contact, lead.do_not_contact_methods, lead.do_not_contact_reason,
       lead.do_not_contact_by_id, lead.do_not_contact_at
FROM record JOIN leads_lead AS lead ON lead.id = record.lead_id
WHERE (lead.do_not_contact OR lead.do_not_contact_methods <> '{{}}')
  AND COALESCE(lead.do_not_contact_at, '-infinity') <= record.until
"""


@dataclass(frozen=True)
class Wish:
    """whole: no contact at all; methods: none by these; by_id and at: who noted it and when."""

    whole: bool
    methods: list[str]
    reason: str
    by_id: UUID | None
    at: datetime | None

    @classmethod
    def of(cls, lead: Lead) -> Wish:
        """The wish of a lead's columns."""
        return cls(
            whole=lead.do_not_contact,
            methods=lead.do_not_contact_methods,
            reason=lead.do_not_contact_reason,
            by_id=lead.do_not_contact_by_id,
            at=lead.do_not_contact_at,
        )

    @classmethod
    def of_columns(cls, columns: Mapping[str, Any]) -> Wish:
        """The wish of what `columns` gave, also after it has been through JSON."""
        fields = {field.attname: field for field in Lead._meta.fields}
        return cls.of(Lead(**{name: fields[name].to_python(value) for name, value in columns.items()}))

    def columns(self) -> dict[str, object]:
        """The wish as a lead's columns."""
        return {
            "do_not_contact": self.whole,
            "do_not_contact_methods": self.methods,
            "do_not_contact_reason": self.reason,
            "do_not_contact_by_id": self.by_id,
            "do_not_contact_at": self.at,
        }


def known_wish(lead_ids: Iterable[UUID]) -> Wish | None:
    """All that the person of these records ever asked for and nobody has lifted, as one wish; None for nothing.

    Reason, author and time are those of the newest.
    """
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {"leads": list(lead_ids)})
        wishes = [Wish(*row) for row in cursor.fetchall()]
    if not wishes:
        return None
    newest = max(wishes, key=lambda wish: (wish.at or EARLIEST, wish.whole))
    methods = sorted({method for wish in wishes for method in wish.methods})
    return Wish(any(wish.whole for wish in wishes), methods, newest.reason, newest.by_id, newest.at)


def spread_wish(lead_ids: Iterable[UUID]) -> None:
    """Write the person's wish on each of these records, which are locked and belong to one person."""
    ids = list(lead_ids)
    wish = known_wish(ids)
    if wish is None:
        return
    same = Q(do_not_contact=wish.whole, do_not_contact_methods=wish.methods)
    Lead.objects.filter(id__in=ids).exclude(same).update(**wish.columns())
