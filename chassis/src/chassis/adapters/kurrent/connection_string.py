"""Connection strings of EventStoreDB / KurrentDB: what is refused at once, without quoting any of it."""

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

_SCHEMES = {f"{name}{how}" for name in ("esdb", "kurrentdb", "kdb") for how in ("", "+discover")}
_NODE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?")
_OPTIONS = {
    "tls": ("true", "false"),
    "tlsverifycert": ("true",),
    "nodepreference": ("leader",),
    "connectionname": None,
    "maxdiscoverattempts": int,
    "discoveryinterval": int,
    "gossiptimeout": int,
    "defaultdeadline": int,
    "keepaliveinterval": int,
    "keepalivetimeout": int,
    "tlscafile": None,
    "usercertfile": None,
    "userkeyfile": None,
}


class RefusedConnectionString(ValueError):
    """A connection string that cannot work, or would not be safe. The message quotes nothing of it."""


def check(uri: str) -> None:
    """Raise `RefusedConnectionString` unless the string names nodes and, with TLS, a user.

    Refused too are credentials without TLS: the driver would leave them out and say nothing. What the driver
    takes and does not do (`tlsVerifyCert=false`), and reading from followers, which may not have yet what was written.
    """
    try:
        parts = urlsplit(uri)
        options = {name.lower(): value for name, value in parse_qsl(parts.query, strict_parsing=bool(parts.query))}
    except ValueError:
        raise RefusedConnectionString("not a connection string: esdb://user:password@host:2113?options") from None
    _check_nodes(parts)
    for name, value in options.items():
        _check_option(name, value)
    _check_user(parts, tls=options.get("tls", "true").lower() == "true")


def _check_nodes(parts: SplitResult) -> None:
    if parts.scheme not in _SCHEMES:
        raise RefusedConnectionString(f"the scheme is none of {', '.join(sorted(_SCHEMES))}")
    user, _, nodes = parts.netloc.rpartition("@")
    if "@" in user or not all(_NODE.fullmatch(node.strip()) for node in nodes.split(",")):
        raise RefusedConnectionString(
            "hosts are host:port, separated by commas; special characters in user and password are written as %XX"
        )


def _check_option(name: str, value: str) -> None:
    if name not in _OPTIONS:
        raise RefusedConnectionString(f"an unknown option; there are {', '.join(sorted(_OPTIONS))}")
    allowed = _OPTIONS[name]
    if allowed is int and not value.isdecimal():
        raise RefusedConnectionString(f"{name} is a whole number")
    if isinstance(allowed, tuple) and value.lower() not in allowed:
        raise RefusedConnectionString(f"{name} can only be {' or '.join(allowed)}")


def _check_user(parts: SplitResult, *, tls: bool) -> None:
    if not tls and "@" in parts.netloc:
        raise RefusedConnectionString("a user and a password are not sent without TLS: leave tls=false out")
    if tls and not (parts.username and parts.password):
        raise RefusedConnectionString("TLS needs a user and a password (a server without TLS: tls=false)")
