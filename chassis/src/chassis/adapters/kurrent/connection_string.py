"""Validation of EventStoreDB / KurrentDB connection strings. Error messages quote nothing of the string."""

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

_SCHEMES = {f"{name}{suffix}" for name in ("esdb", "kurrentdb", "kdb") for suffix in ("", "+discover")}
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
"""The allowed values of each option: a list, whole numbers, or any text."""


class InvalidConnectionString(ValueError):
    """A connection string that cannot work or is not safe. The message quotes nothing of it."""


def validate(uri: str) -> None:
    """Raise `InvalidConnectionString` unless the string names nodes and, with TLS, a user.

    Also refused: credentials without TLS, which the driver would silently not send; `tlsVerifyCert=false`, which it
    accepts and ignores; reading from followers, whose data may lag behind the leader's.
    """
    try:
        parts = urlsplit(uri)
        options = {name.lower(): value for name, value in parse_qsl(parts.query, strict_parsing=bool(parts.query))}
    except ValueError:
        raise InvalidConnectionString("not a connection string: esdb://user:password@host:2113?options") from None
    _validate_nodes(parts)
    for name, value in options.items():
        _validate_option(name, value)
    _validate_user(parts, tls=options.get("tls", "true").lower() == "true")


def _validate_nodes(parts: SplitResult) -> None:
    if parts.scheme not in _SCHEMES:
        raise InvalidConnectionString(f"the scheme must be one of {', '.join(sorted(_SCHEMES))}")
    user, _, nodes = parts.netloc.rpartition("@")
    if "@" in user or not all(_NODE.fullmatch(node.strip()) for node in nodes.split(",")):
        raise InvalidConnectionString(
            "hosts are host:port, separated by commas; special characters in user and password are written as %XX"
        )
    if parts.scheme.endswith("+discover") and "," in nodes:
        raise InvalidConnectionString(
            "+discover takes one name, which stands for all nodes; several nodes are written esdb://one:2113,two:2113"
        )


def _validate_option(name: str, value: str) -> None:
    if name not in _OPTIONS:
        raise InvalidConnectionString(f"an unknown option; the options are {', '.join(sorted(_OPTIONS))}")
    allowed = _OPTIONS[name]
    if allowed is int and not value.isdecimal():
        raise InvalidConnectionString(f"{name} must be a whole number")
    if isinstance(allowed, tuple) and value.lower() not in allowed:
        raise InvalidConnectionString(f"{name} must be {' or '.join(allowed)}")


def _validate_user(parts: SplitResult, *, tls: bool) -> None:
    if not tls and "@" in parts.netloc:
        raise InvalidConnectionString("a user and a password are not sent without TLS: remove tls=false")
    if tls and not (parts.username and parts.password):
        raise InvalidConnectionString("TLS needs a user and a password (for a server without TLS: tls=false)")
