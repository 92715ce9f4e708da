"""Users of the stores and their rights, as an administrator grants them (ADR 38). Each adapter grants its own kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

AclResource = Literal["topic", "group", "cluster"]
AclOperation = Literal["All", "Read", "Write", "Describe"]


@dataclass(frozen=True)
class DatabaseUser:
    """A user of MongoDB with one role of their own.

    `privileges` are those of the command `createRole`, and so are the `inherited` roles.
    """

    name: str
    password: str = field(repr=False)
    role: str
    privileges: Sequence[Mapping[str, JsonValue]] = ()
    inherited: Sequence[Mapping[str, JsonValue]] = ()


@dataclass(frozen=True)
class TopicAcl:
    """An entry of Kafka's access control lists: what a user may do with a topic, a group or the cluster.

    The name `*` means every resource of this kind; the cluster has no name.
    """

    user: str
    resource: AclResource
    name: str
    operation: AclOperation


@dataclass(frozen=True)
class ObjectUser:
    """An access key of MinIO with a policy of its own, in the language of AWS."""

    access_key: str
    secret_key: str = field(repr=False)
    policy_name: str
    policy: Mapping[str, JsonValue]


@dataclass(frozen=True)
class EventUser:
    """A user of EventStoreDB and the groups that they are in."""

    name: str
    password: str = field(repr=False)
    groups: Sequence[str]
