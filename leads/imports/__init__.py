"""Importing another CRM's exports. What a column means is data: one TOML file per CRM in this folder."""
