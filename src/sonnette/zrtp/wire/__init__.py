"""Between messages and datagrams: packets, fragments, checksums."""
