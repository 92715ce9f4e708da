"""Service: the routes, workers and error statuses that a process runs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Flag, auto

from fastapi import APIRouter

from chassis.runtime.durations import Durations


class Role(Flag):
    """The role of a process: serve HTTP, run workers, or both."""

    HTTP = auto()
    WORKERS = auto()
    WHOLE = HTTP | WORKERS


@dataclass(frozen=True)
class Measurement:
    """A sample for /metrics: of a counter if `name` ends with `_total`, else of a gauge. `name` includes the unit."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


Measure = Callable[[], Awaitable[Sequence[Measurement]]]
"""Returns the samples of this moment. Called for each scrape."""


@dataclass(frozen=True)
class Worker:
    """A background task of a process: `run` ends only by cancellation or failure.

    `stuck` returns why it makes no progress, or None (a liveness check). `measure` returns samples for /metrics, and
    `durations` are histograms of its work. `drain` finishes the event in progress and starts no other.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    stuck: Callable[[], Awaitable[str | None]] | None = None
    measure: Measure | None = None
    drain: Callable[[], Awaitable[None]] | None = None
    durations: Sequence[Durations] = ()


@dataclass(frozen=True)
class Check:
    """A check of liveness or readiness: `ask` returns None when it passes, otherwise a short reason."""

    name: str
    ask: Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class Service:
    """A microservice: its routes, its workers, and the HTTP status of each of its errors.

    `http_workers` run in every process that serves the routes; `workers` run in the processes of that role.
    `errors_with_message` are paths whose errors repeat their text as `message`, beside `detail`. `credential_paths` are
    paths where a caller proves who they are, or becomes somebody: they are limited by address, whatever the token.
    `unlimited_paths` are those of static pages: no rate limit counts them, nor what is below them.
    """

    name: str
    router: APIRouter | None = None
    workers: Sequence[Worker] = ()
    http_workers: Sequence[Worker] = ()
    errors: Mapping[type[Exception], int] = field(default_factory=dict[type[Exception], int])
    errors_with_message: Sequence[str] = ()
    credential_paths: Sequence[str] = ()
    unlimited_paths: Sequence[str] = ()
