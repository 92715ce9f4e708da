"""Access control lists (ACLs) of Kafka, added by an administrator. The driver has no method for them."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, cast

from aiokafka.errors import for_code

from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.topics import admin_client
from chassis.ports.store_users import TopicAcl

_RESOURCES = {"topic": 2, "group": 3, "cluster": 4}
_OPERATIONS = {"All": 2, "Read": 3, "Write": 4, "Describe": 8}
_LITERAL, _ALLOW = 3, 3
_CLUSTER = "kafka-cluster"


async def grant(connection: KafkaConnection, acls: Sequence[TopicAcl]) -> None:
    """Add entries; those that exist stay. Raises `StoreUnavailable`. The codes are those of Kafka's CreateAcls."""
    protocol: Any = import_module("aiokafka.protocol.admin")  # it has no types
    async with admin_client(connection) as admin:
        for acl in acls:
            request = protocol.CreateAclsRequest(*_entry(acl))
            response = await cast("Any", admin)._send_to_controller(request)  # noqa: SLF001
            for code, _ in response.creation_responses:
                if code:
                    raise for_code(code)


def _entry(acl: TopicAcl) -> tuple[int, str, int, str, str, int, int]:
    name = _CLUSTER if acl.resource == "cluster" else acl.name
    return _RESOURCES[acl.resource], name, _LITERAL, f"User:{acl.user}", "*", _OPERATIONS[acl.operation], _ALLOW
