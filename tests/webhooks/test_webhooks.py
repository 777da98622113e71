"""Webhooks: another tool hears what happened, signed, once it is committed, until it has taken it, and only there."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from crm.models import Role, User
from outreach.contacts.actions import log_contact, mark_responded
from outreach.contacts.contact import Contact
from outreach.models import Delivery, Webhook
from outreach.webhooks import deliver, send
from outreach.webhooks.actions import add_webhook, send_test, set_active, try_again
from outreach.webhooks.outbox import gather, gather_all
from tests.support.factories import AttemptFactory, LeadFactory, UserFactory
from tests.support.feed import settled
from tests.support.receiver import ALL, deliver_all, drip, receiving, status, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hook(mona, receiver) -> tuple[Webhook, str]:
    return add_webhook(user=mona, url=receiver.url, events=ALL)


def make_due() -> None:
    """As if the pause after a failure were over."""
    Delivery.objects.waiting().update(next_try_at=timezone.now() - timedelta(seconds=1))
    Webhook.objects.update(taken_until=timezone.now() - timedelta(seconds=1))


def contact(lead, user, method: str = "call", **more: object):
    return log_contact(lead_id=lead.id, user=user, contact=Contact(method, body="Not for others"), **more)


def test_a_logged_contact_reaches_the_other_tool_signed_and_without_its_text(hook, receiver, lead, alice):
    webhook, secret = hook
    logged = contact(lead, alice)
    deliver_all()
    (heard,) = receiver.heard
    assert heard.path == "/hook?tool=1"
    assert heard.headers["Host"] == receiver.url.split("/")[2]
    assert heard.headers["Content-Type"] == "application/json"
    signed = f"{heard.headers['Tandem-Timestamp']}.{heard.body}".encode()
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert heard.headers["Tandem-Signature"] == f"v1={expected}", (
        "The signature is not that of the time and body that were sent, by the webhook's secret: receivers refuse it."
    )
    assert abs(int(heard.headers["Tandem-Timestamp"]) - timezone.now().timestamp()) < 60
    assert heard.said["id"] == heard.headers["Tandem-Delivery"]
    assert (heard.said["event"], heard.headers["Tandem-Event"]) == ("lead:contacted", "lead:contacted")
    assert heard.said["data"] | {"occurred_at": "then"} == {
        "lead_id": str(lead.id),
        "attempt_id": str(logged.id),
        "method": "call",
        "direction": "outbound",
        "user_id": str(alice.id),
        "user_name": "Alice Jones",
        "occurred_at": "then",
    }
    assert "Not for others" not in heard.body
    # Neither the row nor the whole database knows the secret.
    assert all(secret[20:] not in str(value) for value in Webhook.objects.values().get().values())
    delivery = webhook.deliveries.get()
    assert (delivery.attempts, delivery.last_status, delivery.next_try_at) == (1, 204, None)
    assert delivery.delivered_at is not None


def test_the_lines_of_the_readme_tell_a_true_signature_from_a_false_one(hook, receiver, lead, alice):
    _, secret = hook
    contact(lead, alice)
    deliver_all()
    readme = (configured.BASE_DIR / "README.md").read_text()
    lines = re.search(r"```python\n(.*?def is_from_tandem.*?)```", readme, re.DOTALL)[1]
    exec(lines, named := {})  # noqa: S102 - what people copy from there has to run
    (heard,) = receiver.heard
    body, headers = heard.body.encode(), dict(heard.headers)
    assert named["is_from_tandem"](secret, headers, body)
    assert not named["is_from_tandem"](secret, headers, body + b" ")
    assert not named["is_from_tandem"]("tandem_hook_other", headers, body)
    assert not named["is_from_tandem"](secret, {**headers, "Tandem-Timestamp": "1700000000"}, body)


def test_answers_and_overrides_are_told_as_far_as_they_were_chosen(hook, receiver, lead, alice, bob, mona):
    with receiving() as picky:
        add_webhook(user=mona, url=picky.url, events=["guard:override"])
        first = contact(lead, alice, "email")
        mark_responded(attempt_id=first.id, user=bob, responded=True)
        contact(lead, bob, "email", reason="Asked me", already_sent=True)
        deliver_all()
        assert receiver.events == ["lead:contacted", "lead:responded", "lead:contacted", "guard:override"]
        assert picky.events == ["guard:override"]
    answered, overridden = receiver.heard[1].said["data"], receiver.heard[3].said["data"]
    assert (answered["responded"], answered["user_name"]) == (True, "Bob Smith")
    assert answered["response_at"] is not None and overridden["decision_id"] is not None
    assert "Asked me" not in receiver.heard[3].body


def test_what_is_not_taken_is_sent_again_under_the_same_id_with_growing_pauses(hook, receiver, lead, alice):
    webhook, _ = hook
    receiver.answers = [status(500), status(404)]
    contact(lead, alice)
    deliver_all()
    failed = webhook.deliveries.get()
    assert (failed.attempts, failed.last_status, failed.delivered_at) == (1, 500, None)
    assert timedelta(seconds=9) < failed.next_try_at - failed.last_tried_at <= timedelta(seconds=12)
    assert Webhook.objects.get().failing_since is not None
    make_due()
    deliver_all()
    failed.refresh_from_db()
    assert timedelta(seconds=59) < failed.next_try_at - failed.last_tried_at <= timedelta(seconds=72)
    make_due()
    deliver_all()
    failed.refresh_from_db()
    assert (failed.attempts, failed.last_status, failed.next_try_at) == (3, 204, None)
    assert len({one.headers["Tandem-Delivery"] for one in receiver.heard}) == 1
    assert len({one.body for one in receiver.heard}) == 1
    assert Webhook.objects.get().failing_since is None


@pytest.mark.parametrize("kind", ["silent", "dripping", "closed", "no HTTP"])
def test_an_answer_that_does_not_come_is_a_failure_in_time(hook, receiver, lead, alice, monkeypatch, kind):
    monkeypatch.setattr(send, "STEP_SECONDS", 0.2)
    monkeypatch.setattr(send, "WHOLE_SECONDS", 0.4)
    ended = threading.Event()
    receiver.answers = [
        {
            "silent": wait_for(ended),
            "dripping": drip(0.05, ended),
            "closed": lambda handler: None,
            "no HTTP": lambda handler: handler.wfile.write(b"220 mail.example.com ESMTP\r\n"),
        }[kind]
    ]
    contact(lead, alice)
    deliver_all()
    failed = Delivery.objects.get()
    ended.set()
    assert (failed.attempts, failed.last_status) == (1, None)
    assert ("No answer within" in failed.last_error) == (kind in ("silent", "dripping")), failed.last_error
    make_due()
    deliver_all()
    assert len({one.headers["Tandem-Delivery"] for one in receiver.heard}) == 1 and len(receiver.heard) == 2
    assert Delivery.objects.get().delivered_at is not None


def test_nobody_is_followed_to_another_address(hook, receiver, lead, alice):
    with receiving() as elsewhere:
        receiver.answers = [status(307, Location=elsewhere.url)]
        contact(lead, alice)
        deliver_all()
        assert elsewhere.heard == []
    failed = Delivery.objects.get()
    assert failed.last_status == 307 and "Redirects are not followed" in failed.last_error


def test_what_is_rolled_back_is_never_told_and_nobody_who_writes_waits(hook, receiver, lead, alice):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        contact(lead, alice)
        raise ZeroDivisionError
    deliver_all()
    assert receiver.heard == [] and not Delivery.objects.exists()


def test_a_webhook_costs_the_write_nothing(lead, alice, mona, receiver):
    contact(lead, alice, "sms")
    with transaction.atomic(), CaptureCount() as before:
        contact(lead, alice, "call")
    for _ in range(3):
        add_webhook(user=mona, url=receiver.url, events=ALL)
    with transaction.atomic(), CaptureCount() as after:
        contact(lead, alice, "other")
    assert after.count == before.count


class CaptureCount:
    """How many statements were run inside."""

    def __enter__(self) -> CaptureCount:
        self.count, self.wrapper = 0, connection.execute_wrapper(self.note)
        self.wrapper.__enter__()
        return self

    def note(self, execute: Callable, *args: object) -> object:
        self.count += 1
        return execute(*args)

    def __exit__(self, *error: object) -> None:
        self.wrapper.__exit__(*error)


def in_threads(*works: Callable[[], object]) -> None:
    """Run them at the same time, each on a connection of its own."""
    failed: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []


def test_several_workers_tell_each_thing_once_and_in_order(hook, receiver, company, alice):
    told = [contact(LeadFactory(company=company), alice) for _ in range(6)]
    in_threads(*[deliver_all] * 4)
    deliver_all()
    assert [one.said["data"]["attempt_id"] for one in receiver.heard] == [str(one.id) for one in told]


def test_a_worker_passes_by_what_another_one_holds(hook, receiver, lead, alice, mona):
    """It neither waits for it nor fails: the other webhook is served meanwhile."""
    webhook, _ = hook
    with receiving() as other:
        add_webhook(user=mona, url=other.url, events=ALL)
        contact(lead, alice)
        settled()
        gather_all()
        held, may_end = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic():
                Webhook.objects.select_for_update().get(pk=webhook.pk)
                held.set()
                may_end.wait(10)

        def pass_by() -> None:
            held.wait(10)
            try:
                assert gather(webhook.pk) == 0
                deliver_all()
                assert len(other.heard) == 1 and receiver.heard == []
            finally:
                may_end.set()

        in_threads(hold, pass_by)
    deliver_all()
    assert len(receiver.heard) == 1


def test_a_worker_goes_on_when_the_database_was_away_and_ends_when_told(hook, receiver, lead, alice, monkeypatch):
    for name in ("IDLE_SECONDS", "BUSY_SECONDS"):
        monkeypatch.setattr(deliver, name, 0.02)
    errors = [OperationalError("away"), ZeroDivisionError("broken")]
    monkeypatch.setattr(deliver, "gather_all", lambda: raise_next(errors) or gather_all())
    contact(lead, alice)
    stop, told = threading.Event(), threading.Event()
    receiver.answers = [lambda handler: (status(204)(handler), told.set())]
    in_threads(lambda: deliver.work(stop), lambda: (told.wait(20), stop.set()))
    assert len(receiver.heard) == 1 and errors == []


def raise_next(errors: list[Exception]) -> None:
    if errors:
        raise errors.pop()


def test_a_worker_that_died_leaves_its_webhook_to_the_others(hook, receiver, lead, alice):
    contact(lead, alice)
    settled()
    gather_all()
    assert deliver.take() is not None
    deliver_all()
    assert receiver.heard == []
    Webhook.objects.update(taken_until=timezone.now())
    deliver_all()
    assert len(receiver.heard) == 1


def test_the_place_in_the_feed_and_the_outbox_move_together(hook, receiver, lead, alice, monkeypatch):
    webhook, _ = hook
    contact(lead, alice)
    settled()
    place = Webhook.objects.values_list("read_xid", "read_id").get()
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(Delivery.objects, "bulk_create", lambda rows: 1 / 0)
        gather_all()
    assert Webhook.objects.values_list("read_xid", "read_id").get() == place
    assert gather_all() > 0 and gather_all() == 0 and Delivery.objects.count() == 1
    # And should the place ever be lost, the database tells nothing twice.
    Webhook.objects.update(read_xid=place[0], read_id=place[1])
    with pytest.raises(IntegrityError, match="delivery_once"):
        gather_all()


def test_who_takes_nothing_is_not_gathered_for_without_end(hook, lead, alice, monkeypatch):
    # A batch at a time, among them some that were not chosen.
    monkeypatch.setattr("outreach.webhooks.outbox.MOST_WAITING", 2)
    monkeypatch.setattr("outreach.webhooks.outbox.BATCH", 1)
    for _ in range(4):
        AttemptFactory(lead=lead, user=alice)
    settled()
    while gather_all():
        pass
    assert Delivery.objects.count() == 2
    deliver_all()
    assert Delivery.objects.filter(delivered_at__isnull=False).count() == 4


def test_in_the_end_it_is_given_up_and_after_days_switched_off_until_somebody_resumes_it(
    hook, receiver, lead, alice, mona
):
    webhook, _ = hook
    receiver.answers = [status(503)] * 10
    contact(lead, alice)
    for _ in range(len(deliver.PAUSES) + 1):
        make_due()
        deliver_all()
    lost = Delivery.objects.get()
    assert (lost.attempts, lost.next_try_at, lost.delivered_at) == (9, None, None)
    assert lost.given_up_at is not None and Webhook.objects.get().active
    Webhook.objects.update(failing_since=timezone.now() - deliver.MOST_FAILING, taken_until=timezone.now())
    contact(lead, alice, "sms")
    deliver_all()
    off = Webhook.objects.get()
    assert not off.active and off.switched_off_at is not None
    # What happens meanwhile waits in the feed; what was given up may be sent all the same.
    contact(lead, alice, "other")
    deliver_all()
    assert len(receiver.heard) == 10
    set_active(user=mona, webhook_id=webhook.id, active=True)
    try_again(user=mona, delivery_id=lost.id)
    make_due()
    deliver_all()
    assert Delivery.objects.filter(delivered_at__isnull=False).count() == 3
    assert Webhook.objects.get().switched_off_at is None


def test_another_key_of_the_server_signs_nothing_with_a_secret_nobody_knows(hook, receiver, mona, settings):
    send_test(user=mona, webhook_id=hook[0].id)
    settings.SECRET_KEY = "another"
    deliver_all()
    assert receiver.heard == [] and "key has changed" in Delivery.objects.get().last_error


def test_the_log_forgets_what_ended_long_ago(hook, receiver, mona):
    for _ in range(2):
        send_test(user=mona, webhook_id=hook[0].id)
    deliver_all()
    old = Delivery.objects.first()
    Delivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - deliver.KEPT)
    waiting = send_test(user=mona, webhook_id=hook[0].id)
    Delivery.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - deliver.KEPT)
    deliver.forget_old()
    assert not Delivery.objects.filter(pk=old.pk).exists() and Delivery.objects.count() == 2


def test_nobody_is_told_of_another_company(hook, receiver, charlie):
    User.objects.filter(pk=charlie.pk).update(role=Role.MANAGER)
    rival = User.objects.get(pk=charlie.pk)
    with receiving() as theirs:
        add_webhook(user=rival, url=theirs.url, events=ALL)
        contact(LeadFactory(company=charlie.company), UserFactory(company=charlie.company))
        deliver_all()
        assert len(theirs.heard) == 1 and receiver.heard == []
    with pytest.raises(IntegrityError, match="outreach_delivery_webhook_id_of_company"):
        Delivery.objects.create(company=rival.company, webhook=hook[0], event="x", payload="{}")
