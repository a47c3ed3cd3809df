"""Where a member's devices can be reached, and how that outlives a restart."""
