"""One person, however many lead records: those that share an email, phone or profile, directly or by way of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import BooleanField, F, Func, UUIDField, Value

from crm.models import Company, User
from crm.postgres.prepared import Prepared
from leads.models import Lead
from leads.person.reading import COLUMNS, read_lead

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")
# The kind of an identifier and what all spellings of it have in common: leads/addresses.py, person_key.
PersonKey = tuple[str, str]
TRIES = 5

# Steps from record to record over shared person keys. A deleted record still links: its history outlives it.
# The caller puts the records to start from before it, as (root, lead_id). OFFSET 0 keeps each step on the indexes: the
# planner expects many more records than there are and would read the whole table.
STEPS = """
    UNION
    SELECT person.root, step.lead_id
    FROM person
    CROSS JOIN LATERAL (
        SELECT other.lead_id
        FROM leads_leadidentifier AS own
        JOIN leads_leadidentifier AS other
          ON other.company_id = own.company_id AND other.kind = own.kind AND other.person_key = own.person_key
        WHERE own.lead_id = person.lead_id
        OFFSET 0
    ) AS step
"""

RECORDS = Prepared(f"""
WITH RECURSIVE person(root, lead_id) AS (
    SELECT id, id FROM unnest(%(leads)s::uuid[]) AS lead(id) {STEPS}
)
SELECT root, lead_id FROM person
""")

# All records of the persons these leads and keys belong to, locked in id order. Read above the lock, the clock tells
# when the last of them was ours.
LOCK = Prepared(f"""
WITH RECURSIVE person(root, lead_id) AS (
    (SELECT NULL::uuid, id FROM leads_lead WHERE id = ANY(%(leads)s::uuid[]) AND company_id = %(company)s::uuid
     UNION ALL
     SELECT NULL::uuid, keyed.lead_id
     FROM unnest(%(kinds)s::text[], %(keys)s::text[]) AS sought(kind, person_key)
     JOIN leads_leadidentifier AS keyed
       ON keyed.company_id = %(company)s::uuid AND keyed.kind = sought.kind AND keyed.person_key = sought.person_key)
    {STEPS}
)
SELECT clock_timestamp(), locked.*
FROM (
    SELECT {COLUMNS} FROM leads_lead WHERE id = ANY(ARRAY(SELECT lead_id FROM person)) ORDER BY id FOR NO KEY UPDATE
) AS locked
""")


class IsOfPerson(Func):
    """Whether a lead id is that of a record of this lead's person: `filter(IsOfPerson("lead_id", lead.id))`."""

    template = "%(expressions)s))"
    arg_joiner = " = ANY(leads_records_of_person("
    output_field = BooleanField()

    def __init__(self, column: str, lead_id: UUID) -> None:
        super().__init__(F(column), Value(lead_id, UUIDField()))


class PersonChanged(OperationalError):
    """Another record joined the person while its lock was awaited. The verb begins again."""

    def __init__(self) -> None:
        super().__init__("This person has just been changed by somebody else.")


class LockedLead(NamedTuple):
    """A lead and the database clock once its lock was ours: a row of LOCK."""

    locked_at: datetime
    lead: Lead


@dataclass(frozen=True)
class Person:
    """All records of a person, locked, and the database clock once the last of them was."""

    lead: Lead  # the record that is acted on
    records: list[Lead]
    now: datetime
    # The version of every record after this change: they rise together, whichever was acted on.
    next_version: int

    @classmethod
    def of(cls, rows: Sequence[LockedLead], lead_id: UUID, *, deleted_too: bool = False) -> Person:
        """The person of the lead, which must be among the rows. Raises Lead.DoesNotExist for none, or a deleted one."""
        records = [row.lead for row in rows]
        lead = next((record for record in records if record.id == lead_id), None)
        if lead is None or (lead.deleted_at is not None and not deleted_too):
            raise Lead.DoesNotExist("No such lead.")
        return cls(lead, records, max(row.locked_at for row in rows), next_version(records))

    @property
    def ids(self) -> set[UUID]:
        return {record.id for record in self.records}

    @property
    def others(self) -> list[Lead]:
        return [record for record in self.records if record.id != self.lead.id]

    def require_covers(self, ids: Iterable[UUID]) -> None:
        """Raise PersonChanged unless the lock covers these records, read again under it."""
        if not set(ids) <= self.ids:
            raise PersonChanged


def next_version(records: Sequence[Lead]) -> int:
    """The version all of these rise to with the next change; 1 where there are none."""
    return max((record.version for record in records), default=0) + 1


def records_of(lead_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The ids of all records of each lead's person, the lead's own and deleted ones included, in one query."""
    records: dict[UUID, list[UUID]] = {lead_id: [] for lead_id in lead_ids}
    for start, lead_id in RECORDS.rows({"leads": list(records)}):
        records[start].append(lead_id)
    return records


def lock_person(lead_id: UUID, user: User, *, deleted_too: bool = False) -> Person:
    """Lock every record of the lead's person for the rest of the transaction, in id order.

    Raises Lead.DoesNotExist for a lead the user may not see; deleted_too: a deleted one of their company is taken.
    A verb that decides something by the person calls `require_covers` in a later statement: a record may have joined
    while the lock was awaited.
    """
    lead_id = Lead._meta.pk.to_python(lead_id)
    return Person.of(lock(user.company_id, [lead_id], []), lead_id, deleted_too=deleted_too)


def lock_whole_person(lead_id: UUID, user: User, *, deleted_too: bool = False) -> Person:
    """As `lock_person`, for verbs that do not read the person again. Raises PersonChanged."""
    person = lock_person(lead_id, user, deleted_too=deleted_too)
    person.require_covers(records_of([lead_id])[lead_id])
    return person


def lock_keys(company: Company, keys: Iterable[PersonKey], lead_ids: Iterable[UUID] = ()) -> list[LockedLead]:
    """Lock all records of the persons behind these keys and leads, in id order.

    For a lead that is about to get these keys. Identifiers of one company are changed one at a time, so that two new
    leads with one address see each other. Raises PersonChanged.
    """
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    keys, lead_ids = list(keys), list(lead_ids)
    rows = lock(company.id, lead_ids, keys)
    # No identifier changes by now, but what was read before the last lock may be older.
    if {row.lead.id for row in rows} != {row.lead.id for row in lock(company.id, lead_ids, keys)}:
        raise PersonChanged
    return rows


def lock(company_id: UUID | None, lead_ids: list[UUID], keys: list[PersonKey]) -> list[LockedLead]:
    kinds, names = [kind for kind, _ in keys], [name for _, name in keys]
    rows = LOCK.rows({"company": company_id, "leads": lead_ids, "kinds": kinds, "keys": names})
    return [LockedLead(locked_at, read_lead(values)) for locked_at, *values in rows]


def on_whole_person(verb: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """Run a verb in a transaction of its own; again, from the start, when the person changed while it waited.

    Raises PersonChanged after five tries.
    """

    @wraps(verb)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
        for _ in range(TRIES):
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except PersonChanged as error:
                changed = error
        raise changed

    return run
