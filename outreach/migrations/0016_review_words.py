"""A review says accepted or not acceptable, in the database as on the screen: it was stored as "fine" and "talk"."""

from django.apps.registry import Apps
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 1_000
WORDS = {"fine": "accepted", "talk": "not_acceptable"}
OLD_WORDS = {new: old for old, new in WORDS.items()}


def rename(apps: Apps, words: dict[str, str]) -> None:
    """Store the new words for the old ones, in batches, so that nobody waits for long."""
    decisions = apps.get_model("outreach", "GuardDecision").objects
    for old, new in words.items():
        while batch := list(decisions.filter(review=old).values_list("id", flat=True)[:BATCH]):
            decisions.filter(id__in=batch).update(review=new)


def say_new(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rename(apps, WORDS)


def say_old(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rename(apps, OLD_WORDS)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("outreach", "0015_decision_columns")]

    operations = [
        migrations.RunPython(say_new, say_old),
        AddConstraintNotValid(
            model_name="guarddecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("review", ""), ("reviewed_at__isnull", True)),
                    models.Q(
                        ("review__in", ["accepted", "not_acceptable"]),
                        ("reviewed_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="decision_review_has_a_time",
            ),
        ),
        # What was reviewed in the old words between the first time and the constraint.
        migrations.RunPython(say_new, migrations.RunPython.noop),
        ValidateConstraint(model_name="guarddecision", name="decision_review_has_a_time"),
    ]
