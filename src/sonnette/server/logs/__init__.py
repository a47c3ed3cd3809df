"""The call log and the registration log that the law asks for, and nothing more."""
