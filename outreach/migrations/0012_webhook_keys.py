"""A webhook belongs to one company with whoever made it, and a delivery with its webhook."""

from django.db import migrations

from crm.postgres.keys import company_key


class Migration(migrations.Migration):
    dependencies = [("outreach", "0011_webhooks")]

    operations = [
        company_key("outreach_webhook", "created_by_id", "crm_user", on_delete="SET NULL"),
        company_key("outreach_delivery", "webhook_id", "outreach_webhook", on_delete="CASCADE"),
    ]
