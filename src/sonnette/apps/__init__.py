"""Composition roots: the programs that join the packages."""
