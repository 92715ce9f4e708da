"""DNS server (RFC 1035) that answers every query with the current addresses in `hosts`."""

import socket
import struct
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from threading import Thread

_HEADER = struct.Struct("!HHHHHH")
_RESPONSE_FLAGS = 0x8180
_RECORD = struct.Struct("!HHHIH4s")
_POINTER_TO_QUESTION = 0xC00C
_END = b"end"


@dataclass
class DnsServer:
    """Listens on a port of 127.0.0.1."""

    hosts: Sequence[str]
    address: str = ""

    @contextmanager
    def listening(self) -> Generator["DnsServer"]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            own = server.getsockname()
            self.address = f"{own[0]}:{own[1]}"
            thread = Thread(target=self._serve, args=(server,))
            thread.start()
            try:
                yield self
            finally:
                server.sendto(_END, own)
                thread.join()

    def _serve(self, server: socket.socket) -> None:
        while (received := server.recvfrom(512))[0] != _END:
            query, client = received
            server.sendto(self._answer(query), client)

    def _answer(self, query: bytes) -> bytes:
        query_id = _HEADER.unpack_from(query)[0]
        question = query[_HEADER.size : query.index(b"\0", _HEADER.size) + 5]
        records = [_RECORD.pack(_POINTER_TO_QUESTION, 1, 1, 1, 4, IPv4Address(host).packed) for host in self.hosts]
        return _HEADER.pack(query_id, _RESPONSE_FLAGS, 1, len(records), 0, 0) + question + b"".join(records)
