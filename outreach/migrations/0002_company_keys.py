"""History belongs to one company with everything it names, and the database knows."""

from django.db import migrations

from crm.postgres.keys import company_key


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial"), ("leads", "0002_company_keys")]

    operations = [
        company_key("outreach_contactattempt", "lead_id", "leads_lead"),
        company_key("outreach_contactattempt", "user_id", "crm_user", on_delete="SET NULL"),
        company_key("outreach_contactattempt", "voided_by_id", "crm_user", on_delete="SET NULL"),
        company_key("outreach_contactattempt", "changed_by_id", "crm_user", on_delete="SET NULL"),
        company_key("outreach_contactattempt", "in_reply_to_id", "outreach_contactattempt"),
        company_key("outreach_guarddecision", "lead_id", "leads_lead"),
        company_key("outreach_guarddecision", "user_id", "crm_user", on_delete="SET NULL"),
        company_key("outreach_guarddecision", "earlier_attempt_id", "outreach_contactattempt"),
        company_key("outreach_guarddecision", "attempt_id", "outreach_contactattempt"),
        # The company's numbers are read from an index alone, which wants a fresh visibility map.
        migrations.RunSQL(
            "ALTER TABLE outreach_contactattempt SET (autovacuum_vacuum_insert_scale_factor = 0.02)",
            "ALTER TABLE outreach_contactattempt RESET (autovacuum_vacuum_insert_scale_factor)",
        ),
    ]
