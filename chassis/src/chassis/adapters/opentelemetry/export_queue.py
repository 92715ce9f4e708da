"""ExportQueue: a bounded queue before an exporter, emptied by a thread of its own. Nobody waits for it."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

_log = structlog.get_logger()
T = TypeVar("T")


@dataclass
class ExportQueue(Generic[T]):
    """At most `max_size` items, sent in batches of `max_batch`, after `delay` seconds at the latest.

    `export` sends a batch, and returns whether it arrived; it may block and raise. What finds the queue full, and what
    did not arrive, is dropped and counted. An outage is logged once, and so is its end. Unlike the SDK's
    `BatchSpanProcessor`, which logs each drop and counts none.
    """

    signal: str
    export: Callable[[Sequence[T]], bool]
    max_size: int
    max_batch: int
    delay: float
    dropped: dict[str, int] = field(init=False, default_factory=lambda: {"queue_full": 0, "not_delivered": 0})
    _items: deque[T] = field(init=False, default_factory=deque[T])
    _wanted: threading.Event = field(init=False, default_factory=threading.Event)
    _closing: bool = field(init=False, default=False)
    _delivers: bool = field(init=False, default=True)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        # A daemon does not hold up the end of the process when a receiver hangs.
        self._thread = threading.Thread(target=self._run, name=f"export-{self.signal}", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Queue an item, or drop it. Never blocks."""
        if self._closing or len(self._items) >= self.max_size:
            self.dropped["queue_full"] += 1
            return
        self._items.append(item)
        if len(self._items) >= self.max_batch:
            self._wanted.set()

    def close(self, timeout: float) -> None:
        """Send what is queued, for at most `timeout` seconds."""
        self._closing = True
        self._wanted.set()
        self._thread.join(timeout)
        if self._thread.is_alive() and self._delivers:
            _log.warning("telemetry_not_delivered", signal=self.signal, reason="no answer before the process ended")

    def _run(self) -> None:
        while not self._closing:
            self._wanted.wait(self.delay)
            self._wanted.clear()
            self._send_all()
        self._send_all()

    def _send_all(self) -> None:
        while self._items:
            batch = [self._items.popleft() for _ in range(min(len(self._items), self.max_batch))]
            delivered, reason = self._sent(batch)
            if not delivered:
                self.dropped["not_delivered"] += len(batch)
            if delivered is not self._delivers:
                self._delivers = delivered
                self._log_change(reason)

    def _sent(self, batch: Sequence[T]) -> tuple[bool, str]:
        try:
            return self.export(batch), ""
        except Exception as problem:  # noqa: BLE001  (any error of the exporter: the product goes on)
            return False, type(problem).__name__

    def _log_change(self, reason: str) -> None:
        if self._delivers:
            _log.info("telemetry_delivered_again", signal=self.signal, dropped=self.dropped["not_delivered"])
        else:
            _log.warning("telemetry_not_delivered", signal=self.signal, reason=reason or "not accepted, or no answer")
