"""A lead, its people and its identifiers belong to one company, and the database knows."""

from django.db import migrations

from crm.postgres.keys import company_key


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]

    operations = [
        company_key("leads_lead", "owner_id", "crm_user", on_delete="SET NULL"),
        company_key("leads_lead", "last_contacted_by_id", "crm_user", on_delete="SET NULL"),
        company_key("leads_lead", "do_not_contact_by_id", "crm_user", on_delete="SET NULL"),
        company_key("leads_leadidentifier", "lead_id", "leads_lead", on_delete="CASCADE"),
    ]
