"""How the tables of one revision become those of the next; Alembic runs what is here."""
