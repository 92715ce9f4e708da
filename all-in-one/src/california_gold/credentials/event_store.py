"""EventStoreDB: two groups of users. It grants rights by stream, and none by the beginning of a stream's name."""

from collections.abc import Mapping

from pydantic import JsonValue

from california_gold.credentials.rights import SERVICES

WRITERS, READERS = "california-gold-writers", "california-gold-readers"


def group_of(service: str) -> str:
    """Return the group of the user of a service or an operator."""
    return READERS if service in SERVICES and not SERVICES[service].writes_events else WRITERS


def access_control() -> Mapping[str, JsonValue]:
    """Return the default ACLs, for the stream `$settings`: deletion and metadata are left to administrators."""
    groups: list[JsonValue] = ["$admins", WRITERS, READERS]
    administrators: Mapping[str, JsonValue] = dict.fromkeys(("$d", "$mr", "$mw"), "$admins")
    return {
        "$userStreamAcl": {"$r": groups, "$w": ["$admins", WRITERS], **administrators},
        "$systemStreamAcl": {"$r": groups, "$w": "$admins", **administrators},
    }
