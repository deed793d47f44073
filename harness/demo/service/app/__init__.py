"""A small notes service: HTTP on top, rules in the middle, SQLite below."""
