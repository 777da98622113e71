"""The API of the running product beside the bare SQL of the same work."""
