"""The works of the API that are measured: through the server, as bare SQL, and as all the SQL of the product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle, repeat
from uuid import UUID

import psycopg
from django.conf import settings
from django.utils import timezone

from crm.models import User
from crm.models.ids import new_id
from crm.models.tenancy import company_id_of, company_of
from crm.postgres.prepared import Prepared
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.api.cursor import read_cursor
from outreach.api.history import WHOLE
from outreach.bench import sql
from outreach.bench.api import sql as api_sql
from outreach.bench.api.tool import Tool
from outreach.bench.load import Row, clear_leads, copy
from outreach.bench.works import BODY, SUBJECT, fetch_some, require_some
from outreach.contacts.repair import rebuild_in_batches
from outreach.guard.facts import glance_params
from outreach.models import ContactAttempt, ContactPolicy, Direction

AT_ONCE = 16
CHECKED = 500
HISTORIES = {"Fifty": 50, "Thousands": 5_000}
HOT = "Hot"

Item = UUID | list[UUID]  # a lead, or many
SqlCall = Callable[[psycopg.Connection, Item], object]


@dataclass(frozen=True)
class ApiWork:
    """items: what to work on, one for each call. at_once: how many calls at a time."""

    name: str
    items: Iterator[Item]
    through_server: Callable[[Tool, Item], object]
    as_sql: SqlCall
    whole_as_sql: SqlCall
    at_once: int = AT_ONCE


def api_works(user: User, clear_needed: int) -> list[ApiWork]:
    fifty, thousands = (history_lead(user, name, length) for name, length in HISTORIES.items())
    hot = history_lead(user, HOT, 50)
    let_calls_through(user)
    clear = iter([lead.id for lead in clear_leads(clear_needed)])
    known = list(Lead.objects.order_by("id").values_list("id", flat=True)[:CHECKED])
    bare, whole = partial(bare_sql, user), partial(whole_sql, user)
    return [
        ApiWork(
            "log a contact, distinct leads", clear, log("email"), bare(sql.LOG_EMAIL), whole(api_sql.log_whole("email"))
        ),
        ApiWork(
            "log a contact, one hot lead", repeat(hot), log("call"),
            locked(bare(api_sql.LOG_CALL)), locked(whole(api_sql.log_whole("call"))),
        ),
        ApiWork("history of 50", repeat(fifty), get_history, bare(api_sql.HISTORY), whole(WHOLE)),
        ApiWork(
            "50 of a history of 5,000", repeat(thousands), get_history,
            bare(api_sql.HISTORY), whole(WHOLE),
        ),
        ApiWork("check of 1", cycle(known), check, bare(api_sql.CHECK), whole(api_sql.CHECK_WHOLE)),
        ApiWork(
            f"check of {CHECKED}", repeat(known), check_many, bare(api_sql.CHECK), whole(api_sql.CHECK_WHOLE), at_once=2
        ),
    ]  # fmt: skip


def bare_sql(user: User, statement: str) -> SqlCall:
    common = common_params(user)
    return lambda connection, item: fetch_some(connection, statement, {**common, **item_params(item)})


def whole_sql(user: User, prepared: Prepared) -> SqlCall:
    """As the product sends it: a prepared statement with a type for each parameter."""
    common = common_params(user)

    def execute(connection: psycopg.Connection, item: Item) -> object:
        params = {**common, **item_params(item)}
        cursor = psycopg.RawCursor(connection)
        values = [params[name] for name in prepared.names]
        cursor.execute(prepared.statement.encode(), values, prepare=True, binary=True)
        return require_some(cursor.fetchall())

    return execute


def common_params(user: User) -> dict[str, object]:
    """The parameters of all statements that do not change from call to call."""
    at, after = read_cursor(None)
    return {
        **glance_params(company_id_of(user), [], None),
        "user": user.id, "user_name": user.name, "subject": SUBJECT, "body": BODY,
        "kinds": [], "keys": [], "at": at, "limit": 50, "voided": False, "direction": None, "method": None,
        "similar_days": settings.SIMILARITY_DAYS, "id": after,
        "organization_days": settings.COMPANY_POLICY_DEFAULTS["organization_days"],
    }  # fmt: skip


def item_params(item: Item) -> dict[str, object]:
    """The parameters that change from call to call."""
    return {"lead": item, "leads": item if isinstance(item, list) else [item], "attempt": new_id()}


def locked(run: SqlCall) -> SqlCall:
    """With the lead's lock taken first: a statement that waits for it would still see the rows from before."""

    def execute(connection: psycopg.Connection, lead: Item) -> object:
        with connection.transaction():
            connection.execute("SELECT FROM leads_lead WHERE id = %s FOR NO KEY UPDATE", [lead])
            return run(connection, lead)

    return execute


def log(method: str) -> Callable[[Tool, Item], object]:
    contact = {"method": method, "direction": Direction.OUTBOUND, "subject": SUBJECT, "body": BODY}
    return lambda tool, lead: tool.post(f"/leads/{lead}/contacts", contact)


def get_history(tool: Tool, lead: Item) -> object:
    return tool.get(f"/leads/{lead}/contacts?limit=50")


def check(tool: Tool, lead: Item) -> object:
    return tool.post("/contacts/check", {"lead_id": str(lead), "method": "email"})


def check_many(tool: Tool, leads: Item) -> object:
    assert isinstance(leads, list)
    return tool.post("/contacts/check", {"checks": [{"lead_id": str(lead), "method": "email"} for lead in leads]})


def let_calls_through(user: User) -> None:
    """No cooldown and no warning for calls, so that the hot lead may be called again and again."""
    limits = {"cooldown_hours": 0, "warning_days": 0}
    ContactPolicy.objects.update_or_create(company=company_of(user), method=ContactMethod.CALL, defaults=limits)


def history_lead(user: User, name: str, length: int) -> UUID:
    """A lead with a history of this length, too old to block anybody."""
    lead, is_new = Lead.objects.get_or_create(company=company_of(user), last_name=name, first_name="Bench")
    if is_new:
        start = timezone.now() - timedelta(days=300)
        copy(ContactAttempt, (attempt(lead, user, start + timedelta(minutes=n)) for n in range(length)))
        for _ in rebuild_in_batches([lead.id], size=1):
            pass
    return lead.id


def attempt(lead: Lead, user: User, at: datetime) -> Row:
    return {
        "id": new_id(), "company_id": lead.company_id, "lead_id": lead.id, "user_id": user.id, "user_name": user.name,
        "method": ContactMethod.EMAIL, "direction": Direction.OUTBOUND, "subject": SUBJECT, "body": BODY,
        "occurred_at": at, "created_at": at,
    }  # fmt: skip
