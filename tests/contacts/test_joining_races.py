"""Two records become one person while both are being contacted: exactly one contact gets through."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from crm.models import User
from leads.actions import create_lead, update_lead
from leads.models import Lead
from outreach.contacts.actions import Refused, log_contact
from outreach.contacts.contact import Contact
from outreach.models import ContactAttempt, GuardDecision
from tests.leads.test_person import reached_by
from tests.support.waiting import in_thread, patient, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)

MAILBOX = "dana@acme.example"


def patiently(pool: ThreadPoolExecutor, act: Callable[[], object]) -> Future[object]:
    def run() -> object:
        with patient():
            return act()

    return in_thread(pool, run)


def outcome_of(lead: Lead, user: User) -> str:
    try:
        log_contact(lead_id=lead.id, user=user, contact=Contact("email", subject=f"From {user.name}"))
    except Refused as refused:
        return f"refused: {refused}"
    return "logged"


def test_of_two_records_that_become_one_person_while_both_are_emailed_one_email_is_logged(alice, bob, mona):
    """Each writer locked the record it knew; the identifier that joins them was committed while they waited.

    The order is forced: both wait for the join, then no attempt can be inserted until both have asked the guard.
    """
    first = create_lead(user=alice, fields={"last_name": "Miller"}, identifiers=reached_by(email=MAILBOX))
    second = create_lead(user=bob, fields={"last_name": "Miller"}, identifiers=reached_by(phone="+1 415 555 0100"))
    joined, both_wait, both_asked = threading.Event(), threading.Event(), threading.Event()

    def join() -> None:
        addresses = reached_by(email=MAILBOX, phone="+1 415 555 0100")
        with transaction.atomic():
            update_lead(lead_id=second.id, user=mona, fields={}, identifiers=addresses)
            joined.set()
            assert both_wait.wait(30)

    def hold_back_inserts() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE outreach_contactattempt IN SHARE MODE")
            inserts_held.set()
            assert both_asked.wait(30)

    inserts_held = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        joining, holding = patiently(pool, join), patiently(pool, hold_back_inserts)
        assert joined.wait(30) and inserts_held.wait(30)
        writing = [patiently(pool, lambda pair=pair: outcome_of(*pair)) for pair in ((first, alice), (second, bob))]
        wait_until_blocked(2)
        both_wait.set()
        joining.result()
        wait_until_blocked(2)
        both_asked.set()
        holding.result()
        outcomes = sorted(write.result() for write in writing)

    written = [f"{attempt.user_name} to {attempt.lead_id}" for attempt in ContactAttempt.objects.all()]
    assert len(written) == 1, (
        f"The person became one while two reps wrote, and {len(written)} emails were logged ({', '.join(written)}): "
        "the verb decided by a lock that did not cover all records of the person."
    )
    assert outcomes[0] == "logged" and outcomes[1].startswith("refused: "), outcomes
    assert ContactAttempt.objects.get().user_name in outcomes[1], "The refusal names the rep who was first."
    assert set(GuardDecision.objects.values_list("kind", "rule")) >= {("refused", "cooldown")}
