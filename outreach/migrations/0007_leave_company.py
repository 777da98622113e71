"""Whoever moves to another company leaves the pages and drafts of this one, so that nothing there names them."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION outreach_leave_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM outreach_presence WHERE user_id = OLD.id;
    DELETE FROM outreach_claim WHERE user_id = OLD.id;
    DELETE FROM outreach_reminder WHERE user_id = OLD.id;
    RETURN NEW;
END $$;
CREATE TRIGGER outreach_leave_company BEFORE UPDATE OF company_id ON crm_user
    FOR EACH ROW WHEN (OLD.company_id IS DISTINCT FROM NEW.company_id) EXECUTE FUNCTION outreach_leave_company();
"""
UNDO = "DROP TRIGGER outreach_leave_company ON crm_user; DROP FUNCTION outreach_leave_company();"


class Migration(migrations.Migration):
    dependencies = [("outreach", "0006_decision_earlier")]

    operations = [migrations.RunSQL(FUNCTION, UNDO)]
