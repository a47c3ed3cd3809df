"""Ratios against the anchors, measured in one run: ``python -m tests.bench``."""
