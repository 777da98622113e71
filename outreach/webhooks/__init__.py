"""Telling other tools what happened: from the change feed into a durable outbox, and from there over HTTP."""
