"""Migrations as SQL, numbered by their file names."""
