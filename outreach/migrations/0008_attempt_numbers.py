"""The index of the company's numbers also says whose they are, and holds live attempts only."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the writes, and so outside of a transaction.
    atomic = False

    dependencies = [("outreach", "0007_leave_company")]

    operations = [
        AddIndexConcurrently(
            model_name="contactattempt",
            index=models.Index(
                fields=["company", "occurred_at"],
                condition=models.Q(("voided_at__isnull", True)),
                include=["id", "lead", "method", "direction", "responded", "response_at", "user"],
                name="attempt_numbers",
            ),
        ),
        RemoveIndexConcurrently(model_name="contactattempt", name="attempt_company_time"),
    ]
