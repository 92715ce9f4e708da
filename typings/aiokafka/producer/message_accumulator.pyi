from collections.abc import Sequence

class BatchBuilder:
    _buffer: bytes | None
    def append(
        self, *, timestamp: int | None, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> object | None: ...
    def _build(self) -> bytes: ...
