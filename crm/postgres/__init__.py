"""Django's PostgreSQL engine with what ours adds to it, whoever runs the server."""
