"""What was logged before is counted beside the writes, a month at a time."""

from django.db import migrations

from analytics.daily.rebuild import rebuild


def fill(apps, schema_editor) -> None:
    for company in apps.get_model("crm", "Company").objects.all():
        for _ in rebuild(company):
            pass


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("analytics", "0002_kept_by_triggers")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
