"""The frame of bare FastAPI servers that ours is compared with: the same token check, nothing else of ours."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException

from chassis.http.revocations import Revocations
from chassis.http.tokens import InvalidToken, TokenVerifier
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.supervisor import Supervisor
from chassis.runtime.telemetry import Telemetry

SignedIn = Callable[[str], Awaitable[int]]


def bare_app(infrastructure: Infrastructure) -> tuple[FastAPI, SignedIn]:
    """Return an application without routes, and the dependency that returns the user of the bearer token."""
    revocations = Revocations(infrastructure.bus, infrastructure.events, infrastructure.clock)
    tokens = TokenVerifier(infrastructure.documents, revocations, infrastructure.clock, timedelta(days=1))
    supervisor = Supervisor([revocations.worker])

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with supervisor.running():
            yield

    async def signed_in(authorization: Annotated[str, Header()]) -> int:
        try:
            return (await tokens.verify(authorization.removeprefix("Bearer "))).caller.user_id
        except InvalidToken:
            raise HTTPException(401) from None

    app = FastAPI(lifespan=lifespan)
    app.state.supervisor, app.state.telemetry = supervisor, Telemetry()
    return app, signed_in
