"""A PostgreSQL of our own, for when DATABASE_URL is unset.

Any process that asks for a connection starts it (server.py) and holds a shared lock for as long as it lives;
a keeper (keeper.py) waits for the last of those locks to go and then stops it. No process owns the server,
so none has to end politely.
"""
