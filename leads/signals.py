"""What the verbs of a lead announce to the apps above, without importing them."""

from django.dispatch import Signal

# Sent inside the transaction by the verbs of leads/actions.py with `lead` and its new `version`.
lead_changed = Signal()
