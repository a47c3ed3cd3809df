"""Where a request goes, and what becomes of it: targets, forks, answers."""
