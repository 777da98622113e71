"""Says of the identifiers and leads that are here already whose they are and where they work."""

from django.db import migrations, models

import crm.postgres.clock
from crm.postgres.keys import company_key

BATCH = 1_000


def fill_identifiers(apps, schema_editor):
    from leads.addresses import person_key

    identifier = apps.get_model("leads", "LeadIdentifier")
    filled = []
    for one in identifier.objects.select_related("lead").iterator(chunk_size=BATCH):
        one.person_key = person_key(one.kind, one.normalised)
        one.since = one.lead.created_at
        filled.append(one)
    identifier.objects.bulk_update(filled, ["person_key", "since"], batch_size=BATCH)


def fill_organizations(apps, schema_editor):
    from leads.organizations import organization_keys

    lead_model = apps.get_model("leads", "Lead")
    filled = []
    for lead in lead_model.objects.prefetch_related("identifiers").iterator(chunk_size=BATCH):
        emails = [one.normalised for one in lead.identifiers.all() if one.kind == "email"]
        lead.organization_keys = organization_keys(lead.organization, lead.website, emails)
        filled.append(lead)
    lead_model.objects.bulk_update(filled, ["organization_keys"], batch_size=BATCH)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("leads", "0003_person")]

    operations = [
        migrations.RunPython(fill_identifiers, migrations.RunPython.noop),
        migrations.RunPython(fill_organizations, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="leadidentifier",
            name="since",
            field=models.DateTimeField(db_default=crm.postgres.clock.DatabaseClock(), editable=False),
        ),
        company_key("leads_formeridentifier", "lead_id", "leads_lead", on_delete="CASCADE"),
    ]
