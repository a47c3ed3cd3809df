"""Header values in their plain form, cut in one pass (RFC 3261 §25.1).

A kernel: it runs several times for every message.  Each function takes the spelling that
nearly every message has - visible ASCII, no escapes, no odd white space - and returns None
for anything else, right or wrong; the patterns of the module that asks then judge it.
"""

try:
    import cython
except ImportError:
    from sonnette.base import plain_cython as cython

from sonnette.sip.limits import PARAMETERS, URI

MOST_PARAMETERS: cython.Py_ssize_t = PARAMETERS
MOST_URI: cython.Py_ssize_t = URI
MOST_PORT: cython.int = 65_535
MOST_PORT_DIGITS: cython.Py_ssize_t = 5

Parameters = dict[str, str | None]


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _is_alphanumeric(letter: cython.Py_UCS4) -> cython.bint:
    return "a" <= letter <= "z" or "0" <= letter <= "9" or "A" <= letter <= "Z"


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _is_name(letter: cython.Py_UCS4) -> cython.bint:
    return _is_alphanumeric(letter) or letter in "-._+"


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _is_plain(letter: cython.Py_UCS4) -> cython.bint:
    """Visible, and neither a delimiter somewhere nor the beginning of an escape."""
    return "!" <= letter <= "~" and letter not in '",;<>\\%?@'


@cython.cfunc
def _past_name(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    length: cython.Py_ssize_t = len(text)
    index: cython.Py_ssize_t = start
    while index < length and _is_name(text[index]):
        index += 1
    return index


@cython.cfunc
def _past_value(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Past a token or a quoted string without escapes; -2 where the quote is not closed."""
    length: cython.Py_ssize_t = len(text)
    index: cython.Py_ssize_t = start
    letter: cython.Py_UCS4
    if index == length or text[index] != '"':
        while index < length and _is_plain(text[index]):
            index += 1
        return index
    index += 1
    while index < length:
        letter = text[index]
        if letter == '"':
            return index + 1
        if letter == "\\" or letter < " ":
            return -2
        index += 1
    return -2


@cython.cfunc
def _lower(name: str) -> str:
    index: cython.Py_ssize_t
    for index in range(len(name)):
        if "A" <= name[index] <= "Z":
            return name.lower()
    return name


def plain_parameters(text: str, start: cython.Py_ssize_t) -> Parameters | None:
    """``;name=value;flag`` from ``start`` to the end of ``text``, names in lower case."""
    length: cython.Py_ssize_t = len(text)
    index: cython.Py_ssize_t = start
    begin: cython.Py_ssize_t
    found: dict[str, str | None] = {}
    while index < length:
        begin = index + 1
        if text[index] != ";":
            return None
        index = _past_name(text, begin)
        if index == begin:
            return None
        name: str = _lower(text[begin:index])
        value: str | None = None
        if index < length and text[index] == "=":
            begin = index + 1
            index = _past_value(text, begin)
            if index < 0:
                return None
            value = text[begin:index]
        if name in found:
            return None
        found[name] = value
    return found if len(found) <= MOST_PARAMETERS else None


def plain_pairs(text: str, start: cython.Py_ssize_t) -> dict[str, str] | None:
    """``name=value, name="value"`` from ``start`` to the end, without quotes."""
    length: cython.Py_ssize_t = len(text)
    index: cython.Py_ssize_t = start
    begin: cython.Py_ssize_t
    found: dict[str, str] = {}
    while index < length:
        begin = index
        index = _past_name(text, begin)
        if index in (begin, length) or text[index] != "=":
            return None
        name: str = _lower(text[begin:index])
        begin = index + 1
        index = _past_value(text, begin)
        if index < 0 or name in found:
            return None
        if index > begin and text[begin] == '"':
            found[name] = text[begin + 1 : index - 1]
        else:
            found[name] = text[begin:index]
        if index < length and text[index] != ",":
            return None
        index += 1
        while index < length and text[index] == " ":
            index += 1
    return found if len(found) <= MOST_PARAMETERS else None


@cython.cfunc
def _past_host(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Past a host name or an IPv4 address; -2 where there is none."""
    length: cython.Py_ssize_t = len(text)
    index: cython.Py_ssize_t = start
    while index < length and (_is_alphanumeric(text[index]) or text[index] in ".-"):
        index += 1
    if index == start or not _is_alphanumeric(text[start]) or not _is_alphanumeric(text[index - 1]):
        return -2
    return index


@cython.cfunc
def _past_port(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Past ``:5060``; where it began if there is no colon; -2 if no port follows it."""
    length: cython.Py_ssize_t = len(text)
    index: cython.Py_ssize_t = start
    port: cython.int = 0
    last: cython.Py_ssize_t = start + MOST_PORT_DIGITS
    if index == length or text[index] != ":":
        return start
    index += 1
    while index < length and "0" <= text[index] <= "9" and index <= last:
        port = port * 10 + (ord(text[index]) - 48)
        index += 1
    return index if index - start > 1 and port <= MOST_PORT else -2


def plain_uri(
    text: str,
) -> tuple[str, str, str | None, int | None, Parameters] | None:
    """Scheme, host, user, port and parameters of ``sip:user@host:port;parameters``.

    Also of ``sips:``, and without a user.
    """
    length: cython.Py_ssize_t = len(text)
    start: cython.Py_ssize_t = 4 if text.startswith("sip:") else 5
    index: cython.Py_ssize_t = start
    host: cython.Py_ssize_t
    end: cython.Py_ssize_t
    if length > MOST_URI or (start == 5 and not text.startswith("sips:")):
        return None
    while index < length and _is_plain(text[index]) and text[index] != ":":
        index += 1
    user: str | None = None
    host = start
    if index < length and text[index] == "@":
        if index == start:
            return None
        user = text[start:index]
        host = index + 1
    index = _past_host(text, host)
    if index < 0:
        return None
    end = _past_port(text, index)
    if end < 0:
        return None
    port: int | None = int(text[index + 1 : end]) if end > index else None
    parameters = plain_parameters(text, end)
    if parameters is None:
        return None
    return ("sip" if start == 4 else "sips", text[host:index], user, port, parameters)


def plain_via(text: str) -> tuple[str, str, int | None, Parameters] | None:
    """Transport, host, port and parameters of ``SIP/2.0/UDP host:port;parameters``."""
    length: cython.Py_ssize_t = len(text)
    host: cython.Py_ssize_t = 8
    index: cython.Py_ssize_t
    end: cython.Py_ssize_t
    if not text.startswith("SIP/2.0/"):
        return None
    while host < length and "A" <= text[host] <= "Z":
        host += 1
    if host == 8 or host == length or text[host] != " ":
        return None
    host += 1
    index = _past_host(text, host)
    if index < 0:
        return None
    end = _past_port(text, index)
    if end < 0:
        return None
    port: int | None = int(text[index + 1 : end]) if end > index else None
    parameters = plain_parameters(text, end)
    return None if parameters is None else (text[8 : host - 1], text[host:index], port, parameters)


def plain_address(text: str) -> tuple[str, str, Parameters] | None:
    """Display name, URI and parameters of ``"Name" <uri>;parameters``, also without name."""
    length: cython.Py_ssize_t = len(text)
    opens: cython.Py_ssize_t = 0
    closes: cython.Py_ssize_t
    name: str = ""
    if length and text[0] == '"':
        opens = _past_value(text, 0)
        if opens < 0:
            return None
        name = text[1 : opens - 1]
        while opens < length and text[opens] == " ":
            opens += 1
    if opens >= length or text[opens] != "<":
        return None
    closes = opens + 1
    while closes < length and text[closes] > " " and text[closes] not in "<>":
        closes += 1
    if closes == length or text[closes] != ">":
        return None
    parameters = plain_parameters(text, closes + 1)
    return None if parameters is None else (name, text[opens + 1 : closes], parameters)
