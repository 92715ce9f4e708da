"""The messages of EventStoreDB's service `event_store.client.users.Users` that we use; the driver lacks them."""

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

SERVICE = "event_store.client.users.Users"
_PACKAGE = SERVICE.rpartition(".")[0]
_STRING, _MESSAGE = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.TYPE_MESSAGE
_SINGLE, _REPEATED = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED
_ACCOUNT = ("login_name", "password", "full_name", "groups")
_REQUESTS = {"Create": _ACCOUNT, "Update": _ACCOUNT, "ResetPassword": ("login_name", "new_password")}
"""Method -> the fields of its request's `options`, numbered from 1; all are strings, and `groups` is repeated."""


def _request(method: str, names: tuple[str, ...]) -> DescriptorProto:
    options = DescriptorProto(name="Options")
    for number, name in enumerate(names, 1):
        label = _REPEATED if name == "groups" else _SINGLE
        options.field.add(name=name, number=number, type=_STRING, label=label)
    request = DescriptorProto(name=f"{method}Req", nested_type=[options])
    type_name = f".{_PACKAGE}.{method}Req.Options"
    request.field.add(name="options", number=1, type=_MESSAGE, label=_SINGLE, type_name=type_name)
    return request


def _pool() -> DescriptorPool:
    file = FileDescriptorProto(name="users.proto", package=_PACKAGE, syntax="proto3")
    file.message_type.extend(_request(method, names) for method, names in _REQUESTS.items())
    file.message_type.add(name="Answer")
    pool = DescriptorPool()
    pool.Add(file)  # pyright: ignore[reportUnknownMemberType]
    return pool


_POOL = _pool()
REQUESTS: dict[str, Any] = {
    method: GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{method}Req")) for method in _REQUESTS
}
"""Method -> the class of its request."""
ANSWER: Any = GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.Answer"))
"""The answer of each method: nothing."""
