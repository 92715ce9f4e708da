"""Connections: limits on the open connections of a server, in number and in time (ADR 32)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Protocol

import structlog

from chassis.http.addresses import counted_address

SEND_SECONDS = 120.0
"""How long a client may read nothing of an answer."""
_log = structlog.get_logger()


class Refusal(StrEnum):
    """Why a connection was closed: values of the label `reason`."""

    HEAD_TOO_LARGE = "head_too_large"
    MALFORMED = "malformed"
    HEAD_TIMEOUT = "head_timeout"
    BODY_TIMEOUT = "body_timeout"
    SEND_TIMEOUT = "send_timeout"
    REPLACED = "replaced"
    TOO_MANY = "too_many"


class Transport(Protocol):
    """What is needed of `asyncio.Transport`."""

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the client has not been sent yet."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...


class Open(Protocol):
    """An open connection, HTTP or WebSocket."""

    @property
    def transport(self) -> Transport:
        """Its transport."""
        ...


class OpenHttp(Open, Protocol):
    """An open HTTP connection."""

    @property
    def peer(self) -> str | None:
        """The address of the other end."""
        ...

    def replaceable_since(self) -> tuple[bool, float] | None:
        """How readily a new connection may replace this one, the smallest first; None when it may not."""
        ...

    def end_overdue(self, now: float) -> None:
        """Close the connection when its request does not progress."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Close the connection, with an answer where one can be given."""
        ...


@dataclass
class Connections:
    """The open HTTP connections by client address; of `trusted_proxies`, who speak for many, only the sum is limited.

    Beyond a limit, the new connection replaces the one that has waited longest for a request, or for more of a body:
    idle connections and unfinished requests keep nobody out. Where none waits, the new one is refused. `refused` is
    called with each reason.
    """

    max_connections: int
    trusted_proxies: str = ""
    refused: Callable[[Refusal], None] = lambda _refusal: None
    _by_address: dict[str, dict[OpenHttp, None]] = field(default_factory=dict[str, dict[OpenHttp, None]])
    _recent: Counter[Refusal] = field(default_factory=Counter[Refusal])
    _unsent: dict[Open, tuple[int, float]] = field(default_factory=dict[Open, tuple[int, float]])
    _proxies: Sequence[IPv4Network | IPv6Network] = field(init=False)

    def __post_init__(self) -> None:
        self._proxies = [ip_network(each.strip()) for each in self.trusted_proxies.split(",") if each.strip()]

    @property
    def max_per_address(self) -> int:
        """Half of all: one client leaves the other half to others."""
        return max(1, self.max_connections // 2)

    def add(self, connection: OpenHttp, total: int) -> None:
        """Add a new connection, and keep the limits; `total` counts it and the WebSockets."""
        address = self._counted(connection)
        own = self._by_address.setdefault(address, {})
        if address and len(own) >= self.max_per_address:
            self._make_room(own, connection)
        elif total > self.max_connections:
            self._make_room(self._all(), connection)
        own[connection] = None

    def discard(self, connection: OpenHttp) -> None:
        """Forget a connection that was closed, or became a WebSocket."""
        address = self._counted(connection)
        own = self._by_address.get(address, {})
        own.pop(connection, None)
        if not own:
            self._by_address.pop(address, None)

    def count(self, refusal: Refusal) -> None:
        """Count a connection that is closed for a reason."""
        self.refused(refusal)
        self._recent[refusal] += 1

    def end_overdue(self, now: float, every: Iterable[Open]) -> None:
        """Close the connections whose client does not go on, and log one line of all that were refused since the last.

        To be called once a second, with every connection: WebSockets have answers to read, too.
        """
        for connection in list(self._all()):
            connection.end_overdue(now)
        self._unsent = {open_: self._still_unsent(open_, size, now) for open_, size in _unsent_sizes(every)}
        for open_, (_, since) in self._unsent.items():
            if now - since > SEND_SECONDS:
                self.count(Refusal.SEND_TIMEOUT)
                open_.transport.abort()
        if self._recent:
            _log.warning("connections_refused", **self._recent)
            self._recent.clear()

    def _still_unsent(self, open_: Open, size: int, now: float) -> tuple[int, float]:
        before = self._unsent.get(open_)
        return before if before and before[0] == size else (size, now)

    def _make_room(self, candidates: Iterable[OpenHttp], new: OpenHttp) -> None:
        replaceable = [(since, each) for each in candidates if (since := each.replaceable_since()) is not None]
        if replaceable:
            min(replaceable, key=lambda pair: pair[0])[1].refuse(Refusal.REPLACED)
        else:
            new.refuse(Refusal.TOO_MANY)

    def _all(self) -> Iterable[OpenHttp]:
        return (connection for own in self._by_address.values() for connection in own)

    def _counted(self, connection: OpenHttp) -> str:
        """Return the client's address; nothing for a trusted proxy's."""
        peer = connection.peer
        if peer is None or any(ip_address(peer.partition("%")[0]) in network for network in self._proxies):
            return ""
        return counted_address(peer)


def _unsent_sizes(every: Iterable[Open]) -> Iterable[tuple[Open, int]]:
    sizes = ((open_, open_.transport.get_write_buffer_size()) for open_ in every)
    return ((open_, size) for open_, size in sizes if size)
