"""The database door."""
