"""SIP (RFC 3261 and friends), without I/O: messages, transactions, dialogs, proxy and registrar."""
