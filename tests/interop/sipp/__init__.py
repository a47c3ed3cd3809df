"""Runs SIPp (Debian's sip-tester 3.6) with scenarios of our own, or with any others."""
