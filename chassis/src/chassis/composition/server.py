"""The HTTP server of a process: it announces its address, and drains at the end."""

import os
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from chassis.composition.descriptors import max_connections
from chassis.composition.draining_server import DrainingServer
from chassis.http.app import supervisor_of, telemetry_of
from chassis.http.connections import Connections
from chassis.http.forwarded_client import ForwardedClient
from chassis.http.protocol import bounded_protocol
from chassis.runtime.settings import Settings

_MAX_WEBSOCKET_MESSAGE = 64 * 1024
_log = structlog.get_logger()


class AddressUnavailable(Exception):
    """The address to listen on is in use, or not an address of this machine."""


async def serve(app: FastAPI, settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT: then drain, for at most the seconds of the setting or until a second signal.

    `announce` is called with the address once the server accepts connections. Raises `AddressUnavailable`.
    """
    refused = telemetry_of(app).count_refused_connection
    connections = Connections(max_connections(settings.max_connections), settings.trusted_proxies, refused)
    with _listen(settings.host, settings.port) as listening:
        config = uvicorn.Config(
            ForwardedClient(app, settings.trusted_proxies) if settings.trusted_proxies else app,
            http=bounded_protocol(connections),
            ws="websockets-sansio",
            ws_max_size=_MAX_WEBSOCKET_MESSAGE,
            ws_per_message_deflate=False,
            access_log=False,
            log_config=None,
            lifespan="on",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=settings.drain_seconds,
        )
        host, port = listening.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        with _repeated_signals_ignored():
            await DrainingServer(config, supervisor_of(app), lambda: announce(address)).serve([listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address, family=family, backlog=2048)
    except socket.gaierror as problem:
        raise AddressUnavailable(f"cannot listen at {host}:{port}: {problem.strerror}") from problem
    except OSError as problem:
        raise AddressUnavailable(f"cannot listen at {host}:{port}: {os.strerror(problem.errno or 0)}") from problem


@contextmanager
def _repeated_signals_ignored() -> Generator[None]:
    """Ignore the signal that uvicorn raises again after a graceful shutdown, for earlier signal handlers."""

    def ignore(_signal: int, _frame: FrameType | None) -> None:
        _log.debug("signal_ignored")

    previous = {number: signal.signal(number, ignore) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
