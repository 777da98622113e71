"""Measures the running product beside the bare SQL of the same work, in one run, on a database of its own."""
