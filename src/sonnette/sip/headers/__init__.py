"""Header fields as values: one module a family, each parsed where it is first asked for."""
