"""The key server of end-to-end encryption: public keys of our members' devices."""
