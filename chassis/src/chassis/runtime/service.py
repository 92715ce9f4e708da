"""What a service hands to whoever runs it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Flag, auto

from fastapi import APIRouter


class Role(Flag):
    """What a process does of its services: answer requests, work, or both."""

    HTTP = auto()
    WORKERS = auto()
    WHOLE = HTTP | WORKERS


@dataclass(frozen=True)
class Measurement:
    """One figure for /metrics, a Prometheus gauge: `name` carries its unit, `labels` tell like figures apart."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Worker:
    """Work that goes on as long as the process: `run` ends only when it is cancelled, or by failing.

    `stuck` says why the work does not move although there is some, None when all is well (liveness asks it);
    `measure` tells how it is doing. `drain` returns once no event is half handled, and lets none start after that.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    stuck: Callable[[], Awaitable[str | None]] | None = None
    measure: Callable[[], Awaitable[Sequence[Measurement]]] | None = None
    drain: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Check:
    """A question that readiness asks: `ask` returns None when all is well, else a short reason."""

    name: str
    ask: Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class Service:
    """One of the six: its routes, its workers, which status each of its errors is answered with, and its checks.

    `http_workers` are the workers that the routes need in their own process, wherever the others run.
    `errors_with_message` are paths whose errors repeat their text as `message`, beside `detail`.
    """

    name: str
    router: APIRouter | None = None
    workers: Sequence[Worker] = ()
    http_workers: Sequence[Worker] = ()
    errors: Mapping[type[Exception], int] = field(default_factory=dict[type[Exception], int])
    errors_with_message: Sequence[str] = ()
    ready: Sequence[Check] = ()
