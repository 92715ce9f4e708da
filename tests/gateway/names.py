"""A name server for one name (RFC 1035): it answers with whatever addresses `hosts` has now."""

import socket
import struct
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from threading import Thread

_HEAD = struct.Struct("!HHHHHH")
_ANSWERED = 0x8180
_RECORD = struct.Struct("!HHHIH4s")
_TO_THE_QUESTION = 0xC00C
_END = b"end"


@dataclass
class NameServer:
    """Listens on a port of 127.0.0.1."""

    hosts: Sequence[str]
    address: str = ""

    @contextmanager
    def listening(self) -> Generator["NameServer"]:
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
        while (asked := server.recvfrom(512))[0] != _END:
            question, client = asked
            server.sendto(self._answer(question), client)

    def _answer(self, asked: bytes) -> bytes:
        number = _HEAD.unpack_from(asked)[0]
        question = asked[_HEAD.size : asked.index(b"\0", _HEAD.size) + 5]
        records = [_RECORD.pack(_TO_THE_QUESTION, 1, 1, 1, 4, IPv4Address(host).packed) for host in self.hosts]
        return _HEAD.pack(number, _ANSWERED, 1, len(records), 0, 0) + question + b"".join(records)
