"""Kafka: the access control lists (ACLs) of the services."""

from collections.abc import Iterator, Sequence

from california_gold.credentials.rights import SERVICES
from chassis.ports.store_users import AclOperation, AclResource, TopicAcl

_HEALTH_GROUP = "health-probe"
_READ: Sequence[AclOperation] = ("Read", "Describe")
_WRITE: Sequence[AclOperation] = ("Write", "Describe")
_DESCRIBE: Sequence[AclOperation] = ("Describe",)
_ALL: Sequence[AclOperation] = ("All",)


def acls(service: str, user: str) -> Sequence[TopicAcl]:
    """Return the entries of a service's user."""
    return [
        TopicAcl(user, resource, name, operation)
        for resource, name, operations in _grants(service)
        for operation in operations
    ]


def _grants(service: str) -> Iterator[tuple[AclResource, str, Sequence[AclOperation]]]:
    if service not in SERVICES:  # an operator
        yield "cluster", "", _ALL
        yield "topic", "*", _ALL
        yield "group", "*", _ALL
        return
    rights = SERVICES[service]
    for topic in rights.publishes:
        yield "topic", topic.name, _WRITE
    for topic in rights.consumes:
        yield "topic", topic.name, _READ
    for group in rights.groups:
        yield "group", group, _READ
    yield "group", _HEALTH_GROUP, _DESCRIBE
