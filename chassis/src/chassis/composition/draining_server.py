"""DrainingServer: uvicorn's server with a drain, in which requests under way finish and nothing new begins (ADR 30)."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import cast

import structlog
import uvicorn

from chassis.http.protocol import BoundedHttpProtocol
from chassis.runtime.supervisor import Supervisor

_TICKS_PER_SECOND = 10
_POLL_SECONDS = 0.1
_CANCELLATION_SECONDS = 5.0
_log = structlog.get_logger()


class DrainingServer(uvicorn.Server):
    """Serves until a signal. Then, at once: no new connection, WebSockets closed with 1012, the workers hand over.

    Requests under way have `timeout_graceful_shutdown` seconds, or until a second signal, and are then answered 503.
    `started` is called when the server accepts connections. `config.http` is a class of `bounded_protocol`; until the
    drain, which has an end of its own, the server enforces its limits in time.
    """

    def __init__(self, config: uvicorn.Config, supervisor: Supervisor, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._supervisor, self._on_started = supervisor, started
        self._is_hurried = False
        self._protocol_class = cast("type[BoundedHttpProtocol]", config.http)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application and listen."""
        await super().startup(sockets)
        if self.started:
            self._on_started()

    async def on_tick(self, counter: int) -> bool:
        """Once a second, close the connections whose client does not go on. Return whether to stop."""
        if counter % _TICKS_PER_SECOND == 0:
            connections = self._protocol_class.open_connections
            connections.end_overdue(asyncio.get_running_loop().time(), self.server_state.connections)
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the drain; a second signal ends it."""
        self._is_hurried = self.should_exit
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then stop the application."""
        handing_over = asyncio.create_task(self._supervisor.hand_over())
        await self._accept_pending(sockets or [])
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._requests_finished()
        await self._cancel_requests()
        await handing_over
        await self.lifespan.shutdown()

    async def _accept_pending(self, sockets: Sequence[socket.socket]) -> None:
        """Accept what the kernel has queued: closing the socket would reset these connections, and their requests."""
        for listening in sockets:
            listening.settimeout(0)
            with suppress(BlockingIOError):
                while True:
                    accepted, _ = listening.accept()
                    accepted.settimeout(0)
                    await asyncio.get_running_loop().connect_accepted_socket(self._protocol, accepted)

    def _protocol(self) -> BoundedHttpProtocol:
        return self._protocol_class(self.config, self.server_state, self.lifespan.state)

    async def _requests_finished(self) -> None:
        """Wait for the requests under way: until they are answered, the time is over, or a second signal comes."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self.config.timeout_graceful_shutdown or 0)
        await asyncio.sleep(_POLL_SECONDS)
        if waiting := len(self.server_state.tasks):
            _log.info("drain_started", requests=waiting, seconds=self.config.timeout_graceful_shutdown)
        while self._has_work() and not self._is_hurried and loop.time() < deadline:  # noqa: ASYNC110  (no event)
            await asyncio.sleep(_POLL_SECONDS)

    def _has_work(self) -> bool:
        return bool(self.server_state.connections or self.server_state.tasks)

    async def _cancel_requests(self) -> None:
        tasks = list(self.server_state.tasks)
        if tasks:
            _log.warning("requests_cut", requests=len(tasks))
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_CANCELLATION_SECONDS)
