"""A small service behind the real edge, on embedded infrastructure, and tokens signed as identity signs them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from chassis.commands.errors import DomainError
from chassis.commands.message import Message
from chassis.http.app import create_app
from chassis.http.authentication import SignedIn
from chassis.http.context import CommandRequest, Context
from chassis.http.documentation import errors
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ObjectNotFound
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings
from testkit.signing import Signing

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


class RefusedError(DomainError):
    def __init__(self) -> None:
        super().__init__(Message("Так нельзя", "This is not allowed"))


class Body(BaseModel):
    username: str = Field(min_length=2)
    password: str = Field(min_length=6)
    age: int = 1


def small_service() -> Service:
    """A route for each thing that the edge does."""
    router = APIRouter(tags=["Задания"])
    raised = {
        "refused": RefusedError(),
        "unmapped": DomainError(Message("Неизвестное правило", "An unknown rule")),
        "away": StoreUnavailable("the disk of the test is full"),
        "missing": ObjectNotFound("files/7/secret name"),
        "teapot": HTTPException(418, Message("Я чайник", "I am a teapot")),
        "broken": RuntimeError("secret detail"),
    }

    @router.get("/me", responses=errors(401))
    async def who_am_i(caller: SignedIn) -> dict[str, object]:  # pyright: ignore[reportUnusedFunction]
        return {"user_id": caller.user_id, "admin": caller.admin}

    @router.get("/things/{number}")
    async def get_thing(number: int, limit: Annotated[int, Query(ge=1, le=10)] = 1) -> dict[str, int]:  # pyright: ignore[reportUnusedFunction]
        return {"number": number, "limit": limit}

    @router.delete("/things/{number}")
    async def delete_thing(number: int) -> None:  # pyright: ignore[reportUnusedFunction]
        """Нет ответа."""

    @router.post("/auth/register", status_code=201)
    async def register(body: Body) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"username": body.username}

    @router.post("/commands")
    async def command(body: Body, command: CommandRequest) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        context = await command.context()
        return {name: str(getattr(context, name)) for name in context.__slots__}

    @router.put("/commands")
    async def another_command(command: CommandRequest) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"command_id": str((await command.context()).command_id)}

    @router.get("/recorded")
    async def recorded_read(context: Context) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"command_id": str(context.command_id)}

    @router.get("/context")
    async def get_context(request: Request, context: Context) -> dict[str, str]:  # pyright: ignore
        await request.body()
        return {"command_id": str(context.command_id)}

    @router.get("/raises/{what}")
    async def raises(what: str) -> None:  # pyright: ignore[reportUnusedFunction]
        raise raised[what]

    return Service(
        "small",
        router,
        errors={RefusedError: 409},
        errors_with_message=["/auth/register"],
        credential_paths=["/auth/register"],
    )


@pytest.fixture
def service() -> Service:
    return small_service()


@pytest_asyncio.fixture
async def signing(infrastructure: Infrastructure) -> Signing:
    signing = Signing()
    await signing.publish(infrastructure)
    return signing


@pytest.fixture
def open_api(infrastructure: Infrastructure, service: Service) -> OpenApi:
    """Open the API, with other settings or another infrastructure."""

    @asynccontextmanager
    async def opened(
        *, on: Infrastructure = infrastructure, address: str = "192.0.2.1", **settings: object
    ) -> AsyncGenerator[httpx.AsyncClient]:
        app = create_app([service], on, Settings.model_validate({"rate_limits": "off", **settings}))
        transport = httpx.ASGITransport(app, client=(address, 50000))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://api.test") as client,
        ):
            yield client

    return opened


@pytest_asyncio.fixture
async def api(open_api: OpenApi) -> AsyncGenerator[httpx.AsyncClient]:
    async with open_api() as client:
        yield client
