"""The rights of all services as a table in Markdown, for docs/operations.md."""

from collections.abc import Iterator

from california_gold.credentials.event_store import group_of
from california_gold.credentials.mongodb import key_collection
from california_gold.credentials.rights import READ, SERVICES, Rights

_HEADER = """| service | EventStoreDB | Kafka: writes | Kafka: reads (groups) | MongoDB: writes | reads | keys | S3 |
|---|---|---|---|---|---|---|---|"""


def table() -> str:
    """Return the table: service × store × rights. What all services have in common is left out."""
    return "\n".join([_HEADER, *(_row(service, rights) for service, rights in SERVICES.items())])


def _row(service: str, rights: Rights) -> str:
    cells = [
        service,
        group_of(service).removeprefix("california-gold-"),
        _names(*(topic.name.removeprefix("california-gold.") for topic in rights.publishes)),
        f"{_names(*(topic.name.removeprefix('california-gold.') for topic in rights.consumes))}{_groups(rights)}",
        _names(*rights.read_models, *rights.collections),
        _names(*rights.reads),
        _names(*_keys(rights)),
        _names(*(f"{bucket}{' (read)' if granted == READ else ''}" for bucket, granted in rights.objects.items())),
    ]
    return f"| {' | '.join(cells)} |"


def _keys(rights: Rights) -> Iterator[str]:
    yield from (key_collection(owner) for owner in rights.keys)
    yield from (f"{key_collection(owner)} (read)" for owner in rights.read_keys)
    yield from (f"{key_collection(owner)} (shred)" for owner in rights.shredded_keys)


def _groups(rights: Rights) -> str:
    return f" ({', '.join(rights.groups)})" if rights.groups else ""


def _names(*names: str) -> str:
    return ", ".join(names) or "–"
