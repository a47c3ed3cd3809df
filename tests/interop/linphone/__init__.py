"""Drives real Linphone clients (Debian's liblinphone 5.1), one process each."""
