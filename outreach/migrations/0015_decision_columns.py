"""The colleague of a decision never changes either, and a review has room for longer words."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0014_decision_colleague")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="guarddecision", name="append_only"),
        pgtrigger.migrations.AddTrigger(
            model_name="guarddecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."allowed_from" IS DISTINCT FROM (NEW."allowed_from") OR OLD."attempt_id" IS DISTINCT FROM (NEW."attempt_id") OR OLD."colleague_method" IS DISTINCT FROM (NEW."colleague_method") OR OLD."colleague_name" IS DISTINCT FROM (NEW."colleague_name") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."earlier_attempt_id" IS DISTINCT FROM (NEW."earlier_attempt_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."lead_id" IS DISTINCT FROM (NEW."lead_id") OR OLD."likeness" IS DISTINCT FROM (NEW."likeness") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."rule" IS DISTINCT FROM (NEW."rule") OR OLD."sentence" IS DISTINCT FROM (NEW."sentence") OR OLD."user_name" IS DISTINCT FROM (NEW."user_name"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="46768485382725f71132136c759514375ddfd53b",
                    operation="UPDATE",
                    pgid="pgtrigger_append_only_ed56d",
                    table="outreach_guarddecision",
                    when="BEFORE",
                ),
            ),
        ),
        # It comes back with the new words: see the next one.
        migrations.RemoveConstraint(model_name="guarddecision", name="decision_review_has_a_time"),
        migrations.AlterField(
            model_name="guarddecision",
            name="review",
            field=models.CharField(
                blank=True,
                choices=[("accepted", "Accepted"), ("not_acceptable", "Not acceptable")],
                editable=False,
                max_length=20,
            ),
        ),
    ]
