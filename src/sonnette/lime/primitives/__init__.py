"""The cryptography under LIME: curves, key encapsulation, derivation, sealing."""
