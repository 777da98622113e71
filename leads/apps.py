from django.apps import AppConfig

from leads.methods import ContactMethod


class LeadsConfig(AppConfig):
    name = "leads"
    # Icons for the sprite of crm/setup/assets.py.
    outlines = [method.words.icon for method in ContactMethod]
