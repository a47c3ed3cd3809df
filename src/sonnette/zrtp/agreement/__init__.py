"""Key agreements: Diffie-Hellman, key encapsulation, and what both have in common."""
