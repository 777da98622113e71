"""Django's PostgreSQL engine on the embedded server, which it starts when first asked for a connection."""
