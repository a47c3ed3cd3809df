"""What SIP carries: bodies of several parts, compressed bodies."""
