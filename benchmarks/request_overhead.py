"""Cost of a request outside its handler: `python -m benchmarks.request_overhead` (10 s, one process, no server).

Our route index, request log and write queue, each next to what the library offers for it (ADR 19, 20 and 34).
"""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any
from weakref import WeakValueDictionary

import structlog
from fastapi import APIRouter, FastAPI, Response
from starlette.types import Message, Scope

from benchmarks.table import Row, print_table
from california_gold_contracts import published
from chassis.commands.optimistic_concurrency import MAX_SECONDS
from chassis.commands.write_queues import WriteQueues
from chassis.http.request_log import request_log
from chassis.http.route_index import RouteIndex, add_routes
from chassis.runtime import logging

_ROUNDS = 9
_CALLS = 4000
_ROUTE = ("GET", "/jobs/{job_id}", 200, 0.0123)


def rows() -> list[Row]:
    """Compare both."""
    indexed, listed, included = _quickest(*_routing())
    ours, structured = _quickest(*_log())
    queued, locked, direct = _quickest(*_turns())
    return [
        _row("a request through the product's routes", indexed, included, "FastAPI's include_router"),
        _row("a request through the product's routes", indexed, listed, "FastAPI's list of routes, flat"),
        _row("a line of the request log", ours, structured, "structlog"),
        _row("a write that meets no other, and its turn", queued, locked, "a lock for each stream"),
        _row("a write that meets no other, and its turn", queued, direct, "the write alone"),
    ]


def _row(what: str, ours: float, theirs: float, reference: str) -> Row:
    return Row(what, f"{ours * 1e6:.1f} µs", f"{theirs * 1e6:.1f} µs ({reference})", theirs / ours)


def _quickest(*compared: Callable[[], None]) -> list[float]:
    """Return the seconds per call of each, in the quickest of its rounds; the rounds alternate."""
    quickest = [float("inf")] * len(compared)
    for _ in range(_ROUNDS):
        for index, run in enumerate(compared):
            started = perf_counter()
            run()
            quickest[index] = min(quickest[index], (perf_counter() - started) / _CALLS)
    return quickest


def _routing() -> Sequence[Callable[[], None]]:
    """Return runs that request each route of the product in turn: indexed, in a flat list, as routers in routers."""
    paths = [(method, path) for path, item in published.openapi()["paths"].items() for method in item]
    indexed, listed, included = FastAPI(), FastAPI(), FastAPI()
    routers = _routers(paths)
    add_routes(indexed, routers)
    add_routes(listed, routers)
    listed.router.routes = [route for route in listed.router.routes if not isinstance(route, RouteIndex)]
    for router in routers:
        included.include_router(router)
    scopes = [_scope(method, path) for method, path in paths]
    return [_requests(app, scopes) for app in (indexed, listed, included)]


def _requests(app: FastAPI, scopes: Sequence[Scope]) -> Callable[[], None]:
    return lambda: asyncio.run(_send(app, scopes))


def _routers(paths: Sequence[tuple[str, str]]) -> list[APIRouter]:
    """Return a router per first segment, each around another, as a service's routes stand beside those of its audit."""
    routers: dict[str, APIRouter] = {}
    for number, (method, path) in enumerate(paths):
        inner = routers.setdefault(path.split("/")[1], APIRouter())
        inner.add_api_route(path, _answer, methods=[method.upper()], name=f"route-{number}")
    outer: list[APIRouter] = []
    for inner in routers.values():
        outer.append(APIRouter())
        outer[-1].include_router(inner)
    return outer


async def _answer() -> Response:
    return Response(status_code=204)


def _scope(method: str, path: str) -> Scope:
    address = path.replace("{", "").replace("}", "")
    return {
        "type": "http",
        "method": method.upper(),
        "path": address,
        "raw_path": address.encode(),
        "root_path": "",
        "headers": [],
        "query_string": b"",
    }


async def _send(app: FastAPI, scopes: Sequence[Scope]) -> None:
    for number in range(_CALLS):
        await app(dict(scopes[number % len(scopes)]), _receive, _check)


async def _receive() -> Message:
    return {"type": "http.request"}


async def _check(message: Message) -> None:
    if message.get("status", 204) != 204:
        raise AssertionError(f"answered {message['status']}")


def _log() -> tuple[Callable[[], None], Callable[[], None]]:
    """Return runs that write lines of JSON to memory."""
    sys.stderr, stderr = io.StringIO(), sys.stderr
    logging.configure("json", "info")
    ours, structured = request_log("json"), structlog.get_logger()
    structured.info("first_use")
    buffer, sys.stderr = sys.stderr, stderr
    method, route, status, seconds = _ROUTE

    def run_ours() -> None:
        _into(buffer, lambda: ours("0f" * 16, method, route, status, seconds, ""))

    def run_structlog() -> None:
        fields: dict[str, Any] = {"correlation_id": "0f" * 16, "method": method, "route": route, "status": status}
        _into(buffer, lambda: structured.info("request_handled", **fields, milliseconds=round(seconds * 1000, 1)))

    return run_ours, run_structlog


def _turns() -> tuple[Callable[[], None], Callable[[], None], Callable[[], None]]:
    """Return runs of writes that do nothing: with a turn of the write queue, under a lock, and without either."""
    queues, locks = WriteQueues(), WeakValueDictionary[str, asyncio.Lock]()

    async def write() -> None:
        return None

    async def queued(stream: str) -> None:
        await queues.write(stream, write)

    async def locked(stream: str) -> None:
        lock = locks.get(stream) or locks.setdefault(stream, asyncio.Lock())
        async with asyncio.timeout(MAX_SECONDS), lock:
            await write()

    async def direct(_stream: str) -> None:
        await write()

    async def each(run: Callable[[str], Awaitable[None]]) -> None:
        for number in range(_CALLS):
            await run(f"stream-{number}")

    return lambda: asyncio.run(each(queued)), lambda: asyncio.run(each(locked)), lambda: asyncio.run(each(direct))


def _into(buffer: io.TextIOBase, write: Callable[[], None]) -> None:
    buffer.seek(0)
    sys.stderr, stderr = buffer, sys.stderr
    try:
        for _ in range(_CALLS):
            write()
    finally:
        sys.stderr = stderr


if __name__ == "__main__":
    print_table(rows())
