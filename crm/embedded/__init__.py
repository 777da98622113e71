"""An embedded PostgreSQL, for when DATABASE_URL is unset.

Any process that asks for a connection starts it (server.py) and holds a shared lock for as long as it lives;
a keeper (keeper.py) waits for the last of those locks to go and then stops it. No process owns the server,
so none has to end politely.

Gain: `manage.py up` and the tests need no installed PostgreSQL, no container and no account. An empty folder is a
running database in 8 s, one with data in it in 5 s (November 2026, two busy cores, tests/crm/gains.py; Django's own
start included). Each new connection pays 0.3 ms for looking whether the server still runs.
Plain alternative: set DATABASE_URL; crm/setup/database.py then takes the engine crm.postgres and nothing of this
folder is imported.
"""
