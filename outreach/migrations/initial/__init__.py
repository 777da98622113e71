"""The first tables of outreach: a file for each subject, each table with its constraints, indexes, keys and triggers.

A foreign key with `db_constraint=False` is made by the `company_key` below its table, over (company_id, id). The files
are frozen, down to the closed sets in words.py: what changes later is a migration of its own.
"""
