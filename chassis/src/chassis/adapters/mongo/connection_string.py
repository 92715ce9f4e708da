"""Options of a MongoDB connection string: those that would break a guarantee of the product are refused by name."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

_GUARANTEES: Mapping[str, Any] = MappingProxyType(
    {"w": "majority", "journal": True, "readPreference": "primary", "retryWrites": True, "retryReads": True}
)
_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "appname": "california-gold",
        "connectTimeoutMS": 2000,
        "heartbeatFrequencyMS": 3000,
        "serverSelectionTimeoutMS": 2000,
    }
)
_ACCEPTED_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "w": "majority",
        "journal": "true",
        "fsync": "false",
        "wtimeoutms": "0",
        "readpreference": "primary",
        "readpreferencetags": "",
        "maxstalenessseconds": "-1",
        "readconcernlevel": "local",
        "retrywrites": "true",
        "retryreads": "true",
        "timeoutms": "0",
    }
)
"""The only value that each of these options may have: what the product sets, or the driver's default."""


def client_options(uri: str) -> dict[str, Any]:
    """Return the options that the product adds to a connection string; defaults only where it names no other value.

    Raises `ValueError`, which names the option, for one with which writes could be lost or reads be stale.
    """
    given = _options(uri)
    for name, value in given:
        if _ACCEPTED_VALUES.get(name.lower(), value).lower() != value.lower():
            raise ValueError(f"remove the option {name} from the connection string: the product does not support it")
    names = {name.lower() for name, _ in given}
    return {**_GUARANTEES, **{name: value for name, value in _DEFAULTS.items() if name.lower() not in names}}


def _options(uri: str) -> Sequence[tuple[str, str]]:
    pairs = (option.partition("=") for option in uri.partition("?")[2].replace(";", "&").split("&") if option)
    return [(name, value) for name, _, value in pairs]
