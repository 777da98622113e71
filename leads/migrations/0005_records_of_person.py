"""The records of a person as a function of the database, for queries that need them inside."""

from django.db import migrations

from leads.person.records import STEPS

FUNCTION = f"""
CREATE FUNCTION leads_records_of_person(asked uuid) RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE person(root, lead_id) AS (SELECT asked, asked {STEPS})
    SELECT array_agg(lead_id) FROM person
$$
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0004_person_filled")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION leads_records_of_person(uuid)")]
