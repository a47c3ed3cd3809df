"""Dialogs (RFC 3261 §12 to §15) and subscriptions (RFC 6665), for end points.

A proxy uses none of this.  The machines make requests and answers; their user puts a Via on
a request and sends it in a transaction.
"""

from sonnette.sip.dialog.invite import Acceptance, Invitation, InviteOrder
from sonnette.sip.dialog.notifier import Notifier
from sonnette.sip.dialog.state import Dialog, State
from sonnette.sip.dialog.subscriber import Subscriber, Subscriptions

__all__ = [
    "Acceptance",
    "Dialog",
    "Invitation",
    "InviteOrder",
    "Notifier",
    "State",
    "Subscriber",
    "Subscriptions",
]
