"""The web side of a domain: pages, provisioning, health and metrics."""
