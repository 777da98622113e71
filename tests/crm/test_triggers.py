"""Which trigger keeps which promise. Without one of them every page works on, and the promise is lost in silence."""

from __future__ import annotations

import pgtrigger
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

# By table and name. Those of the models (pgtrigger's) are named as in the model, without pgtrigger's prefix and digits.
PROMISES = {
    ("outreach_contactattempt", "append_only"): "what was said, to whom and when never changes",
    ("outreach_contactattempt", "author_stays"): "a contact is never attributed to somebody else",
    ("outreach_contactattempt", "no_delete"): "no contact disappears",
    ("outreach_contactattempt", "no_truncate"): "contacts cannot be emptied as a whole",
    ("outreach_contactattempt", "before_update"): "what an answer or void was before its change is kept",
    ("outreach_contactattempt", "after_update"): "what an answer or void became, and by whom, is kept",
    ("outreach_contactattemptevent", "append_only"): "the trail of answers and voids can be neither edited nor deleted",
    ("outreach_contactattemptevent", "no_truncate"): "the trail of answers and voids cannot be emptied as a whole",
    ("outreach_guarddecision", "append_only"): "what the guard decided, and why, never changes",
    ("outreach_guarddecision", "author_stays"): "an override is never attributed to somebody else",
    ("outreach_guarddecision", "no_delete"): "no refusal, override or collision disappears",
    ("outreach_guarddecision", "no_truncate"): "decisions cannot be emptied as a whole",
    ("outreach_contactpolicy", "before_update"): "the limits of a method before a change are kept",
    ("outreach_contactpolicy", "after_update"): "the limits of a method after a change, and who made it, are kept",
    ("outreach_contactpolicyevent", "append_only"): "the trail of limits by method can be neither edited nor deleted",
    ("outreach_contactpolicyevent", "no_truncate"): "the trail of limits by method cannot be emptied as a whole",
    ("outreach_companypolicy", "before_update"): "a company's general limits before a change are kept",
    ("outreach_companypolicy", "after_update"): "a company's general limits after a change, and who made it, are kept",
    ("outreach_companypolicyevent", "append_only"): "the trail of general limits can be neither edited nor deleted",
    ("outreach_companypolicyevent", "no_truncate"): "the trail of general limits cannot be emptied as a whole",
    ("crm_user", "end_tokens"): "a deactivated user, or one with another role, has no working token",
    ("crm_user", "leave_tokens"): "a user who moves to another company takes no token along",
    ("crm_user", "outreach_leave_company"): "a user who moves to another company leaves no presence, draft or reminder",
    ("outreach_contactattempt", "outreach_note_insert"): "each new contact is in the change feed",
    ("outreach_contactattempt", "outreach_note_update"): "each answer and void is in the change feed",
    ("outreach_guarddecision", "outreach_note_decisions"): "each contact against the guard is in the change feed",
    ("leads_lead", "outreach_note_new_lead"): "each new lead is in the change feed",
    ("leads_lead", "outreach_note_lead"): "each edit, wish and deletion of a lead is in the change feed",
    ("outreach_contactattempt", "analytics_on_insert"): "each new contact is counted in the numbers",
    ("outreach_contactattempt", "analytics_on_update"): "each answer and void is counted in the numbers",
    ("outreach_contactattempt", "analytics_on_delete"): "no number counts a contact that is gone",
    ("crm_company", "analytics_on_time_zone"): "a new time zone counts the company's days anew",
}

# A disabled trigger ("D") and one for replicas only ("R") keep nothing.
ACTIVE = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"


def named(name: str) -> str:
    return name.removeprefix("pgtrigger_").rpartition("_")[0] if name.startswith("pgtrigger_") else name


def test_the_database_keeps_every_promise_of_a_trigger():
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE)
        active = {(table, named(name)) for table, name in cursor}
    assert_all_kept(active, "the database has no such trigger, or it is disabled")
    unexplained = active - PROMISES.keys()
    assert not unexplained, f"write in PROMISES what these keep: {sorted(unexplained)}"


def test_the_models_declare_every_trigger_that_is_not_made_by_hand():
    declared = {(model._meta.db_table, trigger.name) for model, trigger in pgtrigger.registered()}
    by_hand = {key for key in PROMISES if key[1].startswith(("outreach_", "analytics_"))}
    assert_all_kept(declared | by_hand, "the model no longer declares it, so the next migration drops it")


def assert_all_kept(triggers: set[tuple[str, str]], why: str) -> None:
    lost = [f"{promise} ({name} on {table})" for (table, name), promise in PROMISES.items()
            if (table, name) not in triggers]  # fmt: skip
    assert not lost, f"No longer kept: {'; '.join(lost)}: {why}."
