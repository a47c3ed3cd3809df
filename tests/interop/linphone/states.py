"""Names of liblinphone's enumerations, in the order of their values (liblinphone 5.1)."""

REGISTRATION = ("None", "Progress", "Ok", "Cleared", "Failed")

CALL = (
    "Idle",
    "IncomingReceived",
    "PushIncomingReceived",
    "OutgoingInit",
    "OutgoingProgress",
    "OutgoingRinging",
    "OutgoingEarlyMedia",
    "Connected",
    "StreamsRunning",
    "Pausing",
    "Paused",
    "Resuming",
    "Referred",
    "Error",
    "End",
    "PausedByRemote",
    "UpdatedByRemote",
    "IncomingEarlyMedia",
    "Updating",
    "Released",
    "EarlyUpdatedByRemote",
    "EarlyUpdating",
)

MESSAGE = (
    "Idle",
    "InProgress",
    "Delivered",
    "NotDelivered",
    "FileTransferError",
    "FileTransferDone",
    "DeliveredToUser",
    "Displayed",
    "FileTransferInProgress",
)

ENCRYPTION = ("none", "srtp", "zrtp", "dtls")

REASON = (
    "none",
    "no-response",
    "forbidden",
    "declined",
    "not-found",
    "not-answered",
    "busy",
)

TRANSPORT = ("udp", "tcp", "tls")


def named(names: tuple[str, ...], value: int) -> str:
    """The name of a value; a value that this version does not know stands as its number."""
    return names[value] if 0 <= value < len(names) else str(value)
