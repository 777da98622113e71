"""Notes between colleagues: who may ask whom, who hears of it, who answers, and where it shows."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from leads.actions import set_do_not_contact, set_owner
from leads.addresses import clean_identifiers, set_identifiers
from leads.models import Lead
from outreach.followups.notes import answer_note, ask_colleague, count_unread, mark_read
from outreach.guard import Answer, Question, Reason, Review, Verdict, review
from outreach.guard.check import as_previous
from outreach.guard.facts import Facts
from outreach.guard.rules import case_of
from outreach.models import Claim, ColleagueNote, Rule
from outreach.page.lead import get_lead
from outreach.page.next_steps import next_steps
from tests.support.factories import AttemptFactory, LeadFactory
from tests.support.live import LIST, login, opened, page_of, run

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ask(lead, alice, bob):
    def write(text: str = "Can you add this to your reply?", **more) -> ColleagueNote:
        return ask_colleague(**{"lead_id": lead.id, "user": alice, "recipient_id": bob.id, "text": text, **more})

    return write


def test_a_question_and_its_answer_are_two_notes(ask, alice, bob, lead):
    question = ask("  Can you add this?\r\n")
    assert (question.text, question.user_name, question.recipient_name) == (
        "Can you add this?",
        "Alice Jones",
        "Bob Smith",
    )
    answer = answer_note(note_id=question.id, user=bob, text="Yes, today")
    assert (answer.user, answer.recipient, answer.in_reply_to, answer.lead) == (bob, alice, question, lead)
    question.refresh_from_db()
    assert question.read_at and answer.read_at is None
    assert (count_unread(alice), count_unread(bob)) == (1, 0)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 1001, "a\0b", "\ud800", "a\u202eb"])
def test_a_note_is_clean_not_blank_and_at_most_a_thousand_characters(ask, bob, text):
    with pytest.raises(ValidationError) as wrong:
        ask(text)
    assert list(wrong.value.message_dict) == ["text"]
    question = ask()
    with pytest.raises(ValidationError):
        answer_note(note_id=question.id, user=bob, text=text)
    assert ColleagueNote.objects.count() == 1


def test_only_an_active_colleague_of_the_same_company_is_asked_and_never_oneself(ask, alice, bob, charlie):
    bob.is_active = False
    bob.save()
    said = {}
    for name, user_id in {"self": alice.id, "left": bob.id, "foreign": charlie.id, "random": uuid.uuid4()}.items():
        with pytest.raises(ValidationError) as wrong:
            ask(recipient_id=user_id)
        said[name] = wrong.value.message_dict["recipient_id"]
    assert said["foreign"] == said["random"] == ["Choose a colleague."]
    assert "Bob Smith has left" in said["left"][0] and "yourself" in said["self"][0]


def test_the_contact_it_is_about_is_one_with_the_same_person(ask, company, lead, bob, charlie):
    twin, stranger = LeadFactory(company=company), LeadFactory(company=company)
    for one in (lead, twin):
        set_identifiers(one, "email", clean_identifiers("email", "dana@acme.example", "US"))
    assert ask(attempt_id=AttemptFactory(lead=twin, user=bob).id).attempt
    foreign = AttemptFactory(lead=LeadFactory(company=charlie.company), user=charlie)
    for wrong in (AttemptFactory(lead=stranger, user=bob).id, foreign.id, uuid.uuid4()):
        with pytest.raises(ValidationError) as refused:
            ask("Another", attempt_id=wrong)
        assert list(refused.value.message_dict) == ["attempt_id"]


def test_the_same_question_twice_is_asked_once_until_some_time_has_passed(ask, lead, mona):
    first = ask()
    assert ask().id == first.id
    assert ask("Something else").id != first.id
    assert ask(recipient_id=mona.id).id != first.id
    ColleagueNote.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert ask().id != first.id


def test_a_question_is_answered_once_and_only_by_whom_it_was_asked(ask, alice, bob, mona, charlie):
    question = ask()
    for user in (alice, mona, charlie):
        with pytest.raises(ColleagueNote.DoesNotExist):
            answer_note(note_id=question.id, user=user, text="Yes")
        with pytest.raises(ColleagueNote.DoesNotExist):
            mark_read(note_id=question.id, user=user)
    answer = answer_note(note_id=question.id, user=bob, text="Yes")
    assert answer_note(note_id=question.id, user=bob, text="Yes").id == answer.id
    with pytest.raises(ValidationError):
        answer_note(note_id=question.id, user=bob, text="No")
    with pytest.raises(ColleagueNote.DoesNotExist):
        answer_note(note_id=answer.id, user=alice, text="Thanks")


def test_reading_twice_keeps_the_first_time(ask, bob):
    question = ask()
    mark_read(note_id=question.id, user=bob)
    first = ColleagueNote.objects.get().read_at
    mark_read(note_id=question.id, user=bob)
    assert ColleagueNote.objects.get().read_at == first is not None


def test_another_companys_ids_are_the_same_404_as_random_ones(ask, lead, charlie, bob, signed_in):
    question, random = ask(), uuid.uuid4()
    client, form = signed_in(charlie), {"recipient_id": str(bob.id), "text": "Hi"}
    for one in (lead.id, random):
        address = reverse("lead_notes", args=[one])
        assert client.get(address).status_code == client.post(address, form).status_code == 404
    for name in ("note_answer", "note_read"):
        for one in (question.id, random):
            assert client.post(reverse(name, args=[one]), {"text": "Hi"}).status_code == 404
    assert ColleagueNote.objects.count() == 1


def test_nothing_is_asked_about_a_deleted_lead(ask, lead):
    Lead.objects.filter(pk=lead.id).update(deleted_at=timezone.now())
    with pytest.raises(Lead.DoesNotExist):
        ask()


@pytest.mark.django_db(transaction=True)
def test_every_open_page_of_the_recipient_hears_of_it_and_nobody_elses(ask, lead, alice, bob, mona):
    other = LeadFactory(company=lead.company)
    alices, bobs, monas = login(alice), login(bob), login(mona)

    async def scenario() -> None:
        async with (
            opened(page_of(other), bobs) as page,
            opened(LIST, bobs) as own_list,
            opened(page_of(lead), monas) as hers,
            opened(page_of(lead), alices) as asker,
        ):
            question = await run(ask, "A secret question")
            expected = {
                "event": "note:arrived",
                "note_id": str(question.id),
                "about": str(lead.id),
                "lead_name": "Dana Miller",
                "user_id": str(alice.id),
                "user_name": "Alice Jones",
                "answer": False,
            }
            assert await page.frame() == expected and await own_list.frame() == expected
            answer = await run(answer_note, note_id=question.id, user=bob, text="Yes")
            heard = await asker.frame()
            assert (heard["note_id"], heard["answer"], heard["user_name"]) == (str(answer.id), True, "Bob Smith")
            assert await hers.receive_nothing() and await page.receive_nothing()

    async_to_sync(scenario)()


@pytest.mark.django_db(transaction=True)
def test_a_note_names_the_persons_other_records_whose_pages_show_it_too(ask, lead, bob):
    twin = LeadFactory(company=lead.company)
    for record in (lead, twin):
        set_identifiers(record, "email", clean_identifiers("email", "dana@acme.example", "US"))
    bobs = login(bob)

    async def scenario() -> None:
        async with opened(page_of(twin), bobs) as page:
            await run(ask)
            heard = await page.event("note:arrived")
            assert (heard["about"], heard["also"]) == (str(lead.id), [str(twin.id)])

    async_to_sync(scenario)()


@pytest.mark.django_db(transaction=True)
def test_a_second_press_rings_no_second_bell(ask, lead, bob):
    bobs = login(bob)

    async def scenario() -> None:
        async with opened(LIST, bobs) as page:
            await run(ask)
            await run(ask)
            assert (await page.frame())["event"] == "note:arrived"
            assert await page.receive_nothing()

    async_to_sync(scenario)()


def whom(client, lead, method: str = "email"):
    return client.get(reverse("contact_new", args=[lead.id]), {"method": method}, headers=HTMX).context["steps"].ask


def test_a_refusal_offers_the_author_of_the_contact_that_stands_in_the_way(lead, alice, bob, mona, signed_in):
    sent = AttemptFactory(lead=lead, user=bob)
    ask = whom(signed_in(alice), lead)
    assert (ask.id, ask.name, ask.attempt_id) == (bob.id, "Bob Smith", sent.id)


def test_a_manager_is_offered_when_the_colleague_has_left_or_one_stands_in_ones_own_way(
    lead, alice, bob, mona, signed_in
):
    AttemptFactory(lead=lead, user=alice)
    assert whom(signed_in(alice), lead).name == "Mona Fischer"
    AttemptFactory(lead=lead, user=bob, method="call")
    assert whom(signed_in(alice), lead, "call").name == "Bob Smith"
    bob.is_active = False
    bob.save()
    assert whom(signed_in(alice), lead, "call").name == "Mona Fischer"


def test_a_question_to_one_colleague_does_not_stand_in_for_one_to_another(ask, lead, alice, bob, mona, signed_in):
    AttemptFactory(lead=lead, user=bob)
    ask(recipient_id=mona.id)
    offered = whom(signed_in(alice), lead)
    assert (offered.name, offered.note) == ("Bob Smith", None)


def test_whoever_noted_that_the_person_wants_no_contact_is_offered_and_no_time(lead, alice, bob, signed_in):
    set_do_not_contact(lead_id=lead.id, user=bob, whole=False, methods=["sms"], reason="no texts")
    answer = signed_in(alice).get(reverse("contact_new", args=[lead.id]), {"method": "sms"}, headers=HTMX)
    steps = answer.context["steps"]
    assert (steps.ask.name, steps.ask.noted, steps.remind) == ("Bob Smith", True, None)
    assert "who noted it" in answer.text and "Call instead" in answer.text
    assert "Dana contacted me" in answer.text


def test_whoever_is_writing_just_now_is_offered(lead, alice, bob):
    expires_at = timezone.now() + timedelta(minutes=5)
    Claim.objects.create(
        company=lead.company, lead=lead, user=bob, user_name=bob.name, method="email", expires_at=expires_at
    )
    shown = get_lead(alice, lead.id)
    steps = next_steps(shown, review(shown, Question(alice, "email")), "email", alice)
    assert (steps.ask.name, steps.ask.attempt_id, steps.remind.due_at) == ("Bob Smith", None, expires_at)


def test_a_contact_with_a_neighbour_is_no_contact_to_ask_about(company, lead, alice, bob):
    """The author of a message to somebody else at the organization is asked, without naming that message."""
    other = LeadFactory(company=company)
    facts = Facts(lead=lead, now=timezone.now(), moment=timezone.now(), records=[lead.id])
    previous = as_previous(AttemptFactory(lead=other, user=bob))
    reason = Reason(Rule.SIMILAR, Answer.WARN, case_of(Question(alice, "email"), facts), previous=previous)
    reviewed = Review(facts, {"email": Verdict(now=facts.now, reasons=[reason])})
    steps = next_steps(get_lead(alice, lead.id), reviewed, "email", alice)
    assert (steps.ask.name, steps.ask.attempt_id) == ("Bob Smith", None)


def test_in_the_dialog_the_question_is_confirmed_in_its_place(lead, alice, bob, signed_in):
    sent = AttemptFactory(lead=lead, user=bob)
    form = {"recipient_id": str(bob.id), "attempt_id": str(sent.id), "text": "May I?"}
    target = {**HTMX, "HX-Target": "ask-step"}
    client, address = signed_in(alice), reverse("lead_notes", args=[lead.id])
    answer = client.post(address, form, headers=target)
    assert 'id="ask-step"' in answer.text and "Bob Smith has your question" in answer.text
    note = ColleagueNote.objects.get()
    assert (note.attempt, note.recipient, note.text) == (sent, bob, "May I?")
    assert whom(client, lead).note.text == "May I?"
    answer_note(note_id=note.id, user=bob, text="Go ahead")
    assert whom(client, lead).note.answer.text == "Go ahead"
    refused = client.post(address, {**form, "text": " "}, headers=target)
    assert refused.status_code == 422 and "Write a few words." in refused.text and 'id="ask-step"' in refused.text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"recipient_id": ""}, "Choose a colleague."),
        ({"recipient_id": "nobody"}, "Choose a colleague."),
        ({"recipient_id": str(uuid.uuid4())}, "Choose a colleague."),
        ({"text": "x" * 1001}, "at most 1000 characters"),
        ({"text": "Hi\0"}, "cannot be stored"),
        ({"text": " "}, "Write a few words."),
        ({"attempt_id": "x"}, "About which contact: Enter a valid UUID."),
        ({"attempt_id": str(uuid.uuid4())}, "About which contact: This contact is not with this person."),
    ],
)
def test_what_is_wrong_with_a_question_is_said_and_what_was_typed_stays(lead, alice, bob, signed_in, form, words):
    asked = {"recipient_id": str(bob.id), "text": "May I write?", **form}
    answer = signed_in(alice).post(reverse("lead_notes", args=[lead.id]), asked)
    assert answer.status_code == 422 and words in answer.text
    assert asked["text"].strip("\0") in answer.text
    assert not ColleagueNote.objects.exists()


def test_the_small_form_names_the_colleagues_and_a_manager_for_one_who_left(lead, alice, bob, mona, signed_in):
    address = reverse("lead_notes", args=[lead.id])
    page = signed_in(alice).get(address, {"to": str(bob.id)})
    assert f'<option value="{bob.id}" selected>' in page.text and str(alice.id) not in page.context["form"].as_p()
    bob.is_active = False
    bob.save()
    page = signed_in(alice).get(address, {"to": str(bob.id)})
    assert f'<option value="{mona.id}" selected>' in page.text and "Bob Smith" not in page.context["form"].as_p()
    for nonsense in ("x", "\0"):
        assert signed_in(alice).get(address, {"to": nonsense, "attempt": nonsense}).status_code == 200


def test_asked_from_the_leads_page_it_returns_there(lead, alice, bob, signed_in):
    form = {"recipient_id": str(bob.id), "text": "May I?"}
    answer = signed_in(alice).post(reverse("lead_notes", args=[lead.id]), form)
    assert answer["Location"] == reverse("lead", args=[lead.id])
    reply = signed_in(alice).post(
        reverse("lead_notes", args=[lead.id]), {**form, "text": "And {this}?"},
        headers={**HTMX, "HX-Target": "dialog-slot"},
    )  # fmt: skip
    assert "Bob Smith has your question." in reply.text and 'id="lead-notes"' in reply.text


def test_without_javascript_what_was_typed_of_the_contact_stays(lead, alice, bob, signed_in):
    AttemptFactory(lead=lead, user=bob)
    typed = {"method": "email", "direction": "outbound", "subject": "Pricing", "body": "Hi, 40 seats", "page": "1"}
    form = {**typed, "recipient_id": str(bob.id), "text": "May I?"}
    client, address = signed_in(alice), reverse("lead_notes", args=[lead.id])
    answer = client.post(address, form)
    assert 'value="Pricing"' in answer.text and "Hi, 40 seats" in answer.text
    assert "Bob Smith has your question." in answer.text
    blank = client.post(address, {**form, "text": ""})
    assert 'value="Pricing"' in blank.text and "Write a few words." in blank.text
    assert ColleagueNote.objects.count() == 1


def test_the_leads_page_shows_what_is_open_to_both_and_the_answer_until_it_is_read(
    ask, lead, alice, bob, mona, signed_in
):
    question, page = ask("May I write to Dana?"), reverse("lead", args=[lead.id])
    assert "May I write to Dana?" in signed_in(alice).get(page).text
    assert "Your answer to Alice Jones" in signed_in(bob).get(page).text
    assert "May I write to Dana?" not in signed_in(mona).get(page).text
    answer = answer_note(note_id=question.id, user=bob, text="Please do")
    assert "May I write to Dana?" not in signed_in(bob).get(page).text
    assert "Please do" in signed_in(alice).get(page).text
    mark_read(note_id=answer.id, user=alice)
    assert "Please do" not in signed_in(alice).get(page).text


def test_it_shows_on_every_record_of_the_person(ask, company, lead, bob, signed_in):
    twin = LeadFactory(company=company)
    for one in (lead, twin):
        set_identifiers(one, "email", clean_identifiers("email", "dana@acme.example", "US"))
    ask("May I write to Dana?")
    assert "May I write to Dana?" in signed_in(bob).get(reverse("lead", args=[twin.id])).text


def test_answered_on_the_leads_page_the_notes_and_the_count_follow(ask, lead, bob, signed_in):
    question, target = ask(), {**HTMX, "HX-Target": "lead-notes"}
    client, address = signed_in(bob), reverse("note_answer", args=[question.id])
    assert 'data-unread="1"' in client.get(reverse("lead", args=[lead.id])).text
    wrong = client.post(address, {"text": " "}, headers=target)
    assert wrong.status_code == 422 and "Write a few words." in wrong.text and 'id="lead-notes"' in wrong.text
    reply = client.post(address, {"text": "Yes"}, headers=target)
    assert "Alice Jones has your answer." in reply.text and 'data-unread="0"' in reply.text


def test_the_page_of_notes_lists_received_and_sent_unread_first(ask, lead, alice, bob, mona, charlie, signed_in):
    read = ask("First", user=bob, recipient_id=alice.id)
    mark_read(note_id=read.id, user=alice)
    unread = ask("Second", user=bob, recipient_id=alice.id)
    ask("Third")
    answered = ask("Fourth")
    answer_note(note_id=answered.id, user=bob, text="Yes")
    ColleagueNote.objects.filter(pk=unread.pk).update(created_at=timezone.now() - timedelta(days=3))
    ask("Not hers", user=bob, recipient_id=mona.id)
    listed = [one.note.text for one in signed_in(alice).get("/notes/").context["listed"]]
    assert listed == ["Fourth", "Second", "Third", "First"]
    assert signed_in(charlie).get("/notes/").context["listed"] == []


def test_a_note_about_a_deleted_lead_stays_without_a_link(ask, lead, bob, signed_in):
    ask()
    Lead.objects.filter(pk=lead.id).update(deleted_at=timezone.now())
    page = signed_in(bob).get("/notes/").text
    assert "Dana Miller" in page and reverse("lead", args=[lead.id]) not in page


@pytest.mark.parametrize("count", [1, 40])
def test_the_page_of_notes_takes_four_queries(ask, bob, signed_in, count, django_assert_num_queries):
    """Session, user, notes, unread."""
    for number in range(count):
        ask(f"Question {number}")
    client = signed_in(bob)
    with django_assert_num_queries(4):
        client.get("/notes/")


def test_older_notes_stand_on_further_pages_and_the_page_says_so(ask, bob, signed_in):
    for number in range(103):
        ask(f"Question {number}")
    client = signed_in(bob)
    first = client.get("/notes/")
    assert len(first.context["listed"]) == 100 and "Older notes" in first.text
    older = client.get("/notes/", {"skip": 100})
    assert [each.note.text for each in older.context["listed"]] == ["Question 2", "Question 1", "Question 0"]
    assert "Newest notes" in older.text and "Older notes" not in older.text
    assert len(client.get("/notes/", {"skip": "-1 or so"}).context["listed"]) == 100


def test_an_answer_that_is_not_taken_keeps_its_text_also_for_a_note_of_an_older_page(ask, bob, signed_in):
    oldest = ask("The oldest question")
    for number in range(100):
        ask(f"Question {number}")
    refused = signed_in(bob).post(reverse("note_answer", args=[oldest.id]), {"text": "x" * 1001})
    assert refused.status_code == 422 and "The oldest question" in refused.text and "x" * 1001 in refused.text


@pytest.mark.parametrize(("count", "queries"), [(0, 6), (1, 7), (12, 7)])
def test_the_leads_page_takes_one_more_query_for_all_that_is_open(
    ask, lead, bob, signed_in, count, queries, django_assert_num_queries
):
    """Session, user, lead, guard, timeline, the bar; and reminders and notes together, if there are any."""
    for number in range(count):
        ask(f"Question {number}")
    client = signed_in(bob)
    with django_assert_num_queries(queries):
        client.get(reverse("lead", args=[lead.id]))


def test_without_javascript_one_answers_and_marks_as_read_on_the_page_of_notes(ask, alice, bob, signed_in):
    question, client = ask(), signed_in(bob)
    wrong = client.post(reverse("note_answer", args=[question.id]), {"text": ""})
    assert wrong.status_code == 422 and "Write a few words." in wrong.text
    assert client.post(reverse("note_answer", args=[question.id]), {"text": "Yes"})["Location"] == "/notes/"
    answer = ColleagueNote.objects.get(in_reply_to=question)
    assert signed_in(alice).post(reverse("note_read", args=[answer.id]))["Location"] == "/notes/"
    assert count_unread(alice) == 0


def test_staff_without_a_company_have_no_notes(admin, signed_in):
    assert signed_in(admin).get("/notes/").status_code == 200


def test_a_question_is_offered_to_the_colleague_who_contacted_the_lead_last(lead, alice, bob, mona, signed_in):
    """Then to its owner, then to a manager: whoever is likeliest to know."""
    chosen = f'<option value="{bob.id}" selected>Bob Smith</option>'
    client, address = signed_in(alice), reverse("lead_notes", args=[lead.id])
    assert f'<option value="{mona.id}" selected>' in client.get(address).text
    set_owner(lead_id=lead.id, user=alice, owner=bob)
    assert chosen in client.get(address).text
    set_owner(lead_id=lead.id, user=alice, owner=mona)
    AttemptFactory(lead=lead, user=bob)
    assert chosen in client.get(address).text
