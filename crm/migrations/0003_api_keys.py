"""Tokens and remembered calls belong to one company with their user; the count of calls is not worth a log."""

from django.db import migrations

from crm.postgres.keys import company_key


class Migration(migrations.Migration):
    dependencies = [("crm", "0002_api_tokens")]

    operations = [
        company_key("crm_apitoken", "user_id", "crm_user", on_delete="CASCADE"),
        company_key("crm_idempotentcall", "user_id", "crm_user", on_delete="CASCADE"),
        # A transaction that writes nothing else ends without waiting for the disk. Room on each page lets the row
        # that is counted up every few milliseconds stay where it is.
        migrations.RunSQL(
            "ALTER TABLE crm_apiuse SET UNLOGGED; ALTER TABLE crm_apiuse SET (fillfactor = 20)",
            "ALTER TABLE crm_apiuse RESET (fillfactor); ALTER TABLE crm_apiuse SET LOGGED",
        ),
    ]
