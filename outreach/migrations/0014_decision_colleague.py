"""A decision about a claim says who was writing, and by which method; until now only its sentence did."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 1_000

# How the sentences of old decisions go on after the name: "Alice Jones is writing an email to this person now".
WRITING = {
    "email": "writing an email",
    "linkedin": "writing on LinkedIn",
    "call": "calling",
    "sms": "writing an SMS",
    "other": "making contact",
}


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Read the colleague of each old claim from its sentence, in batches, so that nobody waits for long."""
    claims = apps.get_model("outreach", "GuardDecision").objects.filter(rule="claimed", colleague_name="")
    last = None
    while batch := list((claims.filter(id__gt=last) if last else claims).order_by("id")[:BATCH]):
        for decision in batch:
            decision.colleague_name, decision.colleague_method = read_colleague(decision.sentence)
        claims.bulk_update(batch, ["colleague_name", "colleague_method"])
        last = batch[-1].id


def read_colleague(sentence: str) -> tuple[str, str]:
    for method, writing in WRITING.items():
        for tense in ("is", "was"):
            name, found, _ = sentence.partition(f" {tense} {writing} ")
            if found:
                return name[:301], method
    return "", ""


class Migration(migrations.Migration):
    # In batches, each for itself. The trigger that refuses changes does not know the new columns yet: see the next one.
    atomic = False

    dependencies = [("outreach", "0001_squashed_0013_attempt_voided")]

    operations = [
        migrations.AddField(
            model_name="guarddecision",
            name="colleague_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=301),
        ),
        migrations.AddField(
            model_name="guarddecision",
            name="colleague_method",
            field=models.CharField(
                blank=True,
                choices=[
                    ("email", "Email"),
                    ("linkedin", "LinkedIn"),
                    ("call", "Call"),
                    ("sms", "SMS"),
                    ("other", "Other"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
