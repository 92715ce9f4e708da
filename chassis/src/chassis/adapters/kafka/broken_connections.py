"""A connection that is closed when something is written to it is a broken one, on every event loop.

The driver takes only an `OSError` for that. uvloop raises a `RuntimeError` (aio-libs/aiokafka#1038), which ends
whichever of the driver's tasks was writing; after the one that renews its knowledge of the cluster, all others wait
without end.
"""

from collections.abc import Awaitable, Generator
from contextlib import contextmanager

from aiokafka import conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError


class Connection(AIOKafkaConnection):
    """The driver's connection. Raises `KafkaConnectionError` for whatever can't be written, and closes itself."""

    def send(self, request: object, expect_response: bool = True) -> Awaitable[object]:
        """Send a request; the answer is awaited."""
        with self._writing():
            return super().send(request, expect_response)

    def _send_sasl_token(self, payload: bytes, expect_response: bool = True) -> Awaitable[object]:
        with self._writing():
            return super()._send_sasl_token(payload, expect_response)

    @contextmanager
    def _writing(self) -> Generator[None]:
        try:
            yield
        except KafkaError:
            raise
        except RuntimeError as problem:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"the connection to {self.host}:{self.port} is closed") from problem


def use_everywhere() -> None:
    """Let all clients of the driver in this process, those of other libraries too, make these connections."""
    conn.AIOKafkaConnection = Connection
