"""Measures the report beside the founding document's own SQL, and logging with and without the daily summary."""
