"""The entry a contact was written after finds the decisions that name it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the writes, and so outside of a transaction.
    atomic = False

    dependencies = [("outreach", "0005_guard_company_keys")]

    operations = [
        AddIndexConcurrently(
            model_name="guarddecision",
            index=models.Index(
                condition=models.Q(("attempt__isnull", False), ("earlier_attempt__isnull", False)),
                fields=["earlier_attempt"],
                name="decision_earlier",
            ),
        ),
    ]
