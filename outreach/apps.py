from django.apps import AppConfig
from django.db.models.signals import post_save


class OutreachConfig(AppConfig):
    name = "outreach"

    def ready(self) -> None:
        from leads.signals import lead_changed
        from outreach.contacts import signals
        from outreach.live import events
        from outreach.models import ContactAttempt

        post_save.connect(signals.update_summary, sender=ContactAttempt, dispatch_uid="outreach.contacts.summary")
        lead_changed.connect(events.on_lead_changed, dispatch_uid="outreach.lead_changed")
