"""What a server answered to the requests of a case, as lines that are the same for equal answers."""

from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from tools.eventstoredb.raw_calls import Answer, RawCalls

_LEFT_OUT = {"subscription_id", "correlation_id", "created", "timestamp", "time_stamp", "id", "message"}
"""What differs from answer to answer, and texts of errors, which nobody should rely on."""

_POSITIONS = {"commit_position", "prepare_position"}

_STATUSES_OF_THE_LIBRARY = {"RESOURCE_EXHAUSTED"}
"""Their texts come from the server's gRPC library."""


@dataclass
class Transcript:
    """The answers of one server. Names of streams, positions and ids are replaced: they differ between servers."""

    calls: RawCalls
    lines: list[str] = field(default_factory=list[str])
    _prefix: str = field(default_factory=lambda: f"compared{uuid4().hex}")
    _positions: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def category(self) -> str:
        """The beginning of the names of this transcript's streams."""
        return self._prefix

    def stream(self, name: str = "a") -> str:
        """Return the name of a stream that only this transcript uses."""
        return f"{self._prefix}-{name}"

    async def call(
        self, method: str, request: Message | Iterable[Message], *, count: int | None = None, seconds: float = 2.0
    ) -> Answer:
        """Make a call and note the answer."""
        answer = await self.calls.call(method, request, count=count, seconds=seconds)
        self.note(method, answer)
        return answer

    def note(self, method: str, answer: Answer) -> None:
        """Note an answer."""
        self.lines.append(f"{method}:")
        for message in answer.messages:
            found = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=False)
            self.lines += [f"  {line}" for line in self._flat(found)]
        details = "" if answer.end.status in _STATUSES_OF_THE_LIBRARY else self._named(answer.end.details)
        self.lines.append(f"  end: {answer.end.status} {details}".rstrip())
        self.lines += [f"    {key}: {self._named(value)}" for key, value in answer.end.trailers]

    def _flat(self, found: Mapping[str, Any], path: str = "") -> list[str]:
        lines: list[str] = []
        for key, value in sorted(found.items()):
            name = f"{path}.{key}" if path else key
            if key in _LEFT_OUT:
                continue
            if isinstance(value, Mapping):
                lines += self._flat(cast("Mapping[str, Any]", value), name) or [name]
            else:
                lines.append(f"{name} = {self._value(key, value)}")
        return lines

    def _value(self, key: str, value: Any) -> str:
        if key in _POSITIONS:
            return f"position {self._positions.setdefault(str(value), len(self._positions) + 1)}"
        if key == "stream_name":
            return self._named(b64decode(value).decode())
        if key in ("data", "custom_metadata") and len(str(value)) > 100:
            return f"{len(b64decode(value))} bytes"
        return self._named(str(value))

    def _named(self, text: str) -> str:
        return text.replace(self._prefix, "S")
