"""MongoDB's wire protocol, as far as a proxy needs it: messages that hold one document each."""

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument

Json = Mapping[str, Any]
_HEADER = struct.Struct("<iiii")
_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013
_REPLY_FIELDS = struct.pack("<iqii", 8, 0, 0, 1)
"""Flags, cursor, start and number of documents of an OP_REPLY with one document."""


@dataclass(frozen=True)
class WireMessage:
    """An OP_MSG, or the OP_QUERY and OP_REPLY that a driver begins a connection with."""

    request_id: int
    response_to: int
    op_code: int
    payload: bytes

    @property
    def document(self) -> Json:
        """The command or the answer, without the documents that an OP_MSG carries beside it."""
        start = self._document_start
        (size,) = struct.unpack_from("<i", self.payload, start)
        return RawBSONDocument(self.payload[start : start + size])

    def answer(self, document: Json) -> "WireMessage":
        """Return an answer to this request, in the form that the client expects."""
        fields = _REPLY_FIELDS if self.op_code == _OP_QUERY else b"\0\0\0\0\0"
        op_code = _OP_REPLY if self.op_code == _OP_QUERY else _OP_MSG
        return WireMessage(0, self.request_id, op_code, fields + bson.encode(document))

    def encode(self) -> bytes:
        """Return its bytes."""
        length = _HEADER.size + len(self.payload)
        return _HEADER.pack(length, self.request_id, self.response_to, self.op_code) + self.payload

    @property
    def _document_start(self) -> int:
        match self.op_code:
            case 1:
                return len(_REPLY_FIELDS)
            case 2004:
                return self.payload.index(b"\0", 4) + 9
            case _:
                return 5


async def read_message(reader: asyncio.StreamReader) -> WireMessage | None:
    """Read one message; None at the end of the connection."""
    try:
        length, request_id, response_to, op_code = _HEADER.unpack(await reader.readexactly(_HEADER.size))
        return WireMessage(request_id, response_to, op_code, await reader.readexactly(length - _HEADER.size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
