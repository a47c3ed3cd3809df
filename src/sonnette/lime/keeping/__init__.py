"""What a device keeps between messages: its keys, its peers, its sessions, and where."""
