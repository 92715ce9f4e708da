"""The service `event_store.client.users.Users`: what an administrator needs to make users."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio

from chassis.adapters.kurrent.users_protocol import ANSWER, REQUESTS, SERVICE
from eventstoredb_test_server import refusals
from eventstoredb_test_server.access import ADMINISTRATORS, Access
from eventstoredb_test_server.protocol import Context
from eventstoredb_test_server.refusals import CallRefused

Work = Callable[[Any], Awaitable[None]]


def add_users(access: Access, server: grpc.aio.Server) -> None:
    """Add the service to a server. Each method is for administrators only."""
    works: dict[str, Work] = {
        "Create": lambda options: access.create(options.login_name, options.password, list(options.groups)),
        "Update": lambda options: access.update(options.login_name, list(options.groups)),
        "ResetPassword": lambda options: access.reset_password(options.login_name, options.new_password),
    }
    handlers = {method: _handler(access, method, work) for method, work in works.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))


def _handler(access: Access, method: str, work: Work) -> Any:
    async def handle(request: Any, context: Context) -> Any:
        try:
            if ADMINISTRATORS not in access.roles(context):
                raise CallRefused(grpc.StatusCode.PERMISSION_DENIED, "Access Denied")
            await work(request.options)
        except CallRefused as refused:
            await refusals.end_call(context, refused)
        return ANSWER()

    return grpc.unary_unary_rpc_method_handler(
        handle, request_deserializer=REQUESTS[method].FromString, response_serializer=ANSWER.SerializeToString
    )
