"""One device of ours: registration, sending, receiving, upkeep.  Start at ``device.py``."""
