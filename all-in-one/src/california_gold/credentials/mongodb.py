"""MongoDB: a role and a user of each service, as the commands `createRole` and `createUser` take them."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from california_gold.credentials.rights import OPERATORS, SERVICES, SHARED_COLLECTIONS, Rights
from california_gold.credentials.secrets_folder import StoreCredentials, User
from chassis.ports.store_users import DatabaseUser

_READ = ("find",)
_WRITE = ("find", "insert", "update", "remove", "createCollection", "createIndex", "listIndexes")
_CREATE_KEYS = ("find", "insert", "createCollection")
_SHRED_KEYS = ("insert", "update", "createCollection")
_VERSIONED = frozenset(name for rights in SERVICES.values() for name in rights.read_models)
_VERSIONS = 100
"""Versions of a read model that a role knows: MongoDB has no rights for a prefix of names."""


def roles(service: str, database: str) -> Sequence[Mapping[str, JsonValue]]:
    """Return the privileges of a service in the database of the documents."""
    return [_privilege(database, name, actions) for name, actions in _documents(SERVICES[service])]


def key_roles(service: str, database: str) -> Sequence[Mapping[str, JsonValue]]:
    """Return the privileges of a service in the database of the keys. Only identity shreds, which is an update."""
    rights, own = SERVICES[service], _CREATE_KEYS if service != "identity" else (*_CREATE_KEYS, "update")
    granted = ((rights.keys, own), (rights.read_keys, _READ), (rights.shredded_keys, _SHRED_KEYS))
    return [_privilege(database, key_collection(owner), actions) for owners, actions in granted for owner in owners]


def key_collection(owner: str) -> str:
    """Return the collection of an owner's keys."""
    return "keys" if owner == "user" else f"{owner}-keys"


def users(credentials: StoreCredentials, database: str) -> Sequence[DatabaseUser]:
    """Return the user of a service's documents; an operator may read and write all of them."""
    return _users(credentials.service, "", credentials.mongodb_user, database)


def key_users(credentials: StoreCredentials, database: str) -> Sequence[DatabaseUser]:
    """Return the user of a service's keys; none for a service without keys. `database` is that of the documents."""
    return _users(credentials.service, "-keys", credentials.mongodb_keys_user, f"{database}_keys")


def _users(service: str, suffix: str, user: User | None, database: str) -> Sequence[DatabaseUser]:
    if not user:
        return []
    name, password = user
    role = f"california-gold-{service}{suffix}"
    if service in OPERATORS:
        return [DatabaseUser(name, password, role, inherited=[{"role": "readWrite", "db": database}])]
    return [DatabaseUser(name, password, role, (key_roles if suffix else roles)(service, database))]


def _documents(rights: Rights) -> Iterator[tuple[str, Sequence[str]]]:
    for name in (*rights.collections, *SHARED_COLLECTIONS):
        yield name, _WRITE
    for name in rights.read_models:
        yield from ((version, _WRITE) for version in _versions(name))
    for name in rights.reads:
        yield from ((version, _READ) for version in (_versions(name) if name in _VERSIONED else [name]))


def _versions(name: str) -> Sequence[str]:
    return [name, *(f"{name}@{number}" for number in range(1, _VERSIONS))]


def _privilege(database: str, collection: str, actions: Sequence[str]) -> Mapping[str, JsonValue]:
    return {"resource": {"db": database, "collection": collection}, "actions": [*actions]}
