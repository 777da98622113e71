"""Retries are safe: one write for each key, and the first answer for whoever asks again."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crm.models import IdempotentCall
from leads.models import Lead
from outreach.models import ContactAttempt, GuardDecision
from tests.support.api import Tool, assert_problem
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.waiting import wait_until_blocked

CALL = {"method": "call", "subject": "Pricing"}


@pytest.fixture
def tool(alice) -> Tool:
    return Tool(alice)


def same(first, again) -> None:
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
class TestInOrder:
    def test_the_same_call_again_gives_the_first_answer_and_writes_nothing(self, tool, lead):
        address, key = f"/leads/{lead.id}/contacts", uuid4().hex
        first = tool.post(address, CALL, Idempotency_Key=key)
        # However it is spaced and ordered.
        again = tool.post(address, '{"subject":  "Pricing", "method": "call"}', Idempotency_Key=key)
        assert first.status_code == 201 and "Idempotent-Replayed" not in first
        same(first, again)
        assert ContactAttempt.objects.count() == 1

    def test_every_write_honours_it(self, tool, lead, alice):
        attempt = AttemptFactory(lead=lead, user=alice)
        for send, path, said in (
            (tool.post, "/leads", {"last_name": "New", "email": "new@acme.example"}),
            (tool.patch, f"/leads/{lead.id}", {"job_title": "Buyer"}),
            (tool.patch, f"/contacts/{attempt.id}/responded", {"responded": True}),
        ):
            first = send(path, said, Idempotency_Key="one key")
            assert first.status_code < 300
            # What has happened since does not show in it.
            tool.patch(f"/leads/{lead.id}", {"job_title": "Seller"})
            same(first, send(path, said, Idempotency_Key="one key"))
        assert Lead.objects.filter(last_name="New").count() == 1

    def test_another_body_is_refused(self, tool, lead):
        address = f"/leads/{lead.id}/contacts"
        tool.post(address, CALL, Idempotency_Key="k")
        other = tool.post(address, {**CALL, "subject": "Prices"}, Idempotency_Key="k")
        assert_problem(other, 422, "idempotency_key_reused")
        assert ContactAttempt.objects.count() == 1

    def test_keys_belong_to_a_user_and_an_address(self, tool, bob, lead, company):
        other = LeadFactory(company=company)
        answers = [
            tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k"),
            tool.post(f"/leads/{other.id}/contacts", CALL, Idempotency_Key="k"),
            Tool(bob).post(f"/leads/{lead.id}/contacts", {"method": "sms"}, Idempotency_Key="k"),
        ]
        assert [answer.status_code for answer in answers] == [201] * 3
        assert ContactAttempt.objects.count() == 3

    def test_a_refusal_of_the_guard_is_on_record_once_and_given_again(self, tool, lead, bob):
        AttemptFactory(lead=lead, user=bob, method="call", occurred_at=timezone.now() - timedelta(days=1))
        first = tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k")
        assert first.status_code == 409
        same(first, tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k"))
        assert GuardDecision.objects.count() == 1

    def test_what_wrote_nothing_is_not_kept(self, tool, lead):
        late = (timezone.now() + timedelta(days=1)).isoformat()
        for path, said, status in (
            (f"/leads/{lead.id}/contacts", {**CALL, "occurred_at": late}, 422),
            (f"/leads/{uuid4()}/contacts", CALL, 404),
            (f"/leads/{lead.id}/contacts", "{", 400),
        ):
            assert tool.post(path, said, Idempotency_Key="k").status_code == status
        assert not IdempotentCall.objects.exists()
        assert tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k").status_code == 201

    @pytest.mark.parametrize("key", ["", " ", "k" * 201, "k\xe9y", "a\tb", "k\n"])
    def test_a_key_that_is_none_is_said(self, tool, lead, key):
        answer = tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key=key)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")

    def test_answers_are_kept_for_a_day_and_older_ones_go(self, tool, lead, company, alice):
        for hours in (25, 49):
            at = timezone.now() - timedelta(hours=hours)
            IdempotentCall.objects.create(
                company=company, user=alice, route="r", key=str(hours), digest="", status=201, body="", created_at=at
            )
        tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k")
        assert set(IdempotentCall.objects.values_list("key", flat=True)) == {"25", "k"}


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_many_at_once_one_writes_and_the_others_get_its_answer_or_wait(self, lead, alice):
        tool, barrier, answers = Tool(alice), threading.Barrier(6), []

        def send() -> None:
            barrier.wait()
            answers.append(tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k"))
            connection.close()

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ContactAttempt.objects.count() == 1
        said = {answer.status_code: answer for answer in answers}
        assert 201 in said and set(said) <= {201, 409}
        assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
        if 409 in said:
            assert (said[409].json()["code"], said[409]["Retry-After"]) == ("still_running", "1")
        same(said[201], tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k"))

    def test_while_the_first_call_is_running_the_second_is_told_so(self, lead, alice):
        tool = Tool(alice)
        held, answered = threading.Event(), threading.Event()

        def hold_the_lead() -> None:
            with transaction.atomic():
                Lead.objects.select_for_update().get(pk=lead.pk)
                held.set()
                answered.wait(10)
            connection.close()

        def first() -> None:
            answers.append(tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k"))
            connection.close()

        answers: list = []
        threads = [threading.Thread(target=hold_the_lead), threading.Thread(target=first)]
        threads[0].start()
        held.wait(10)
        threads[1].start()
        wait_until_blocked()
        second = tool.post(f"/leads/{lead.id}/contacts", CALL, Idempotency_Key="k")
        answered.set()
        for thread in threads:
            thread.join()
        assert_problem(second, 409, "still_running")
        assert answers[0].status_code == 201
        assert ContactAttempt.objects.count() == 1
