"""From here on each change of the attempts is counted with it."""

from django.db import migrations

from analytics.daily.upkeep import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial"), ("outreach", "0007_leave_company"), ("crm", "0001_initial")]

    operations = [
        # Its rows are updated all day, beside each other on their page.
        migrations.RunSQL("ALTER TABLE analytics_dailysummary SET (fillfactor = 70)", migrations.RunSQL.noop),
        migrations.RunSQL(CREATE, DROP),
    ]
