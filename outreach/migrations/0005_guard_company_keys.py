"""Claims, reminders, notes and what was shown belong to one company with everything they name."""

from django.db import migrations

from crm.postgres.keys import company_key


class Migration(migrations.Migration):
    dependencies = [("outreach", "0004_guard_in_full"), ("leads", "0004_person_filled")]

    operations = [
        company_key("outreach_guarddecision", "reviewed_by_id", "crm_user", on_delete="SET NULL"),
        company_key("outreach_ruleshown", "lead_id", "leads_lead", on_delete="CASCADE"),
        company_key("outreach_ruleshown", "user_id", "crm_user", on_delete="CASCADE"),
        company_key("outreach_claim", "lead_id", "leads_lead", on_delete="CASCADE"),
        company_key("outreach_claim", "user_id", "crm_user", on_delete="CASCADE"),
        company_key("outreach_presence", "lead_id", "leads_lead", on_delete="CASCADE"),
        company_key("outreach_presence", "user_id", "crm_user", on_delete="CASCADE"),
        company_key("outreach_reminder", "lead_id", "leads_lead", on_delete="CASCADE"),
        company_key("outreach_reminder", "user_id", "crm_user", on_delete="CASCADE"),
        company_key("outreach_colleaguenote", "lead_id", "leads_lead"),
        company_key("outreach_colleaguenote", "user_id", "crm_user", on_delete="SET NULL"),
        company_key("outreach_colleaguenote", "recipient_id", "crm_user", on_delete="SET NULL"),
        company_key("outreach_colleaguenote", "attempt_id", "outreach_contactattempt"),
        company_key("outreach_colleaguenote", "in_reply_to_id", "outreach_colleaguenote"),
    ]
