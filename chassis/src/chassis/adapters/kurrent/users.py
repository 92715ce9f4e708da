"""Users and default access rights of EventStoreDB, made by an administrator."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import grpc
import orjson
from kurrentdbclient import AsyncKurrentDBClient, NewEvent, StreamState
from pydantic import JsonValue

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.users_protocol import ANSWER, REQUESTS, SERVICE
from chassis.ports.store_users import EventUser

_SETTINGS = "$settings"


async def grant(uri: str, users: Sequence[EventUser], default_acl: Mapping[str, JsonValue]) -> None:
    """Make users and the default rights on streams what is given. Raises `StoreUnavailable`; `ValueError` for a URI."""
    async with _connection(uri) as connection:
        await connection.call(lambda client: _set_default_acl(client, default_acl))
        for user in users:
            await connection.call(lambda client, user=user: _grant(client, user))


@asynccontextmanager
async def _connection(uri: str) -> AsyncGenerator[Connection]:
    connection = Connection(uri)
    try:
        yield connection
    finally:
        await connection.close()


async def _set_default_acl(client: AsyncKurrentDBClient, default_acl: Mapping[str, JsonValue]) -> None:
    event = NewEvent(_SETTINGS, orjson.dumps(default_acl))
    await client.append_to_stream(_SETTINGS, current_version=StreamState.ANY, events=event)


async def _grant(client: AsyncKurrentDBClient, user: EventUser) -> None:
    account = {"login_name": user.name, "password": user.password, "full_name": user.name, "groups": [*user.groups]}
    try:
        await _call(client, "Create", account)
    except grpc.aio.AioRpcError as problem:
        if problem.code() != grpc.StatusCode.ALREADY_EXISTS:
            raise
        await _call(client, "Update", account)
        await _call(client, "ResetPassword", {"login_name": user.name, "new_password": user.password})


async def _call(client: AsyncKurrentDBClient, method: str, options: Mapping[str, Any]) -> None:
    driver = cast("Any", client)  # the driver keeps its channel and its credentials to itself
    request = REQUESTS[method](options=options)
    call = driver.connection._grpc_channel.unary_unary(  # noqa: SLF001
        f"/{SERVICE}/{method}",
        request_serializer=REQUESTS[method].SerializeToString,
        response_deserializer=ANSWER.FromString,
    )
    await call(request, credentials=driver._call_credentials)  # noqa: SLF001
