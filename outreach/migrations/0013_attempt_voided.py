"""Voided attempts have an index of their own, so that a long history is counted without being read."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    # Built beside the writes, and so outside of a transaction.
    atomic = False

    dependencies = [("outreach", "0012_webhook_keys")]

    operations = [
        AddIndexConcurrently(
            model_name="contactattempt",
            index=models.Index(
                F("lead"), F("method"), condition=models.Q(voided_at__isnull=False), name="attempt_voided"
            ),
        ),
    ]
