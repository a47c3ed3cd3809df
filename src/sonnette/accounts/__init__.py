"""Members: who may use the service, with which credentials, on which devices."""
