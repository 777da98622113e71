"""What leads tell the apps above them, without knowing them."""

from django.dispatch import Signal

# Sent inside the transaction by the verbs of leads/actions.py with `lead` and its new `version`.
lead_changed = Signal()
