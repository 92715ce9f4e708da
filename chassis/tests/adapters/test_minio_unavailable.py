"""An S3 that is away, full or refuses us is told as such, and is used again when it is back."""

import asyncio
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from chassis.adapters.minio.connection import MAX_THREADS, client
from chassis.adapters.minio.object_store import minio_object_store
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ObjectNotFound, ObjectStore
from testkit.conformance.object_store import chunks, listed, noise, put, read
from testkit.eventually import eventually
from tests.servers.minio import MinioServer
from tests.servers.ports import free_port
from tests.servers.s3 import s3_connection
from tests.servers.shared import required

MIB = 1024 * 1024


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MinioServer]:
    required(MinioServer)
    server = MinioServer(tmp_path / "minio", free_port())
    server.start()
    yield server
    server.kill()


async def everything(store: ObjectStore) -> None:
    """Call each method; each says that the store is unavailable."""
    for call in (put(store, "files/a", b"a"), store.stat("files/a"), store.delete("files/a"), listed(store, "files/")):
        with pytest.raises(StoreUnavailable):
            await call
    with pytest.raises(StoreUnavailable):
        await anext(store.open("files/a"))


async def test_no_server_is_needed_to_begin_and_to_sign() -> None:
    async with minio_object_store(s3_connection(f"http://127.0.0.1:{free_port()}")) as store:
        assert await store.presign("files/a", timedelta(hours=1), "a.zip")
        await everything(store)


async def test_a_server_that_was_killed_is_used_again(server: MinioServer) -> None:
    async with minio_object_store(s3_connection(server.endpoint)) as store:
        data = noise(20 * MIB)
        await put(store, "files/a", data)
        pieces = store.open("files/a")
        await anext(pieces)
        await asyncio.to_thread(server.kill)
        with pytest.raises(StoreUnavailable):
            async for _ in pieces:
                pass
        await everything(store)
        await asyncio.to_thread(server.start)
        assert await read(store, "files/a") == data
        await put(store, "files/b", b"b")


async def test_an_upload_that_the_server_did_not_survive_leaves_nothing(server: MinioServer) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield bytes(20 * MIB)
        await asyncio.to_thread(server.kill)
        yield bytes(20 * MIB)

    async with minio_object_store(s3_connection(server.endpoint)) as store:
        with pytest.raises(StoreUnavailable):
            await store.put("files/a", parts(), "application/zip")
        await asyncio.to_thread(server.start)
        with pytest.raises(ObjectNotFound):
            await store.stat("files/a")


async def test_a_full_disk_is_told(server: MinioServer) -> None:
    async with minio_object_store(s3_connection(server.endpoint)) as store:
        await put(store, "files/small", b"small")
        process = psutil.Process(server.pid)
        process.rlimit(resource.RLIMIT_FSIZE, (2 * MIB, 2 * MIB))
        with pytest.raises(StoreUnavailable):
            await store.put("files/large", chunks(noise(20 * MIB)), "application/zip")
        assert await listed(store, "files/") == ["files/small"]
        assert await read(store, "files/small") == b"small"


async def test_what_is_no_s3_is_told_as_a_store_that_is_unavailable() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as stranger:
        port = stranger.sockets[0].getsockname()[1]
        async with minio_object_store(s3_connection(f"http://127.0.0.1:{port}")) as store:
            for call in (put(store, "files/a", b"a"), store.stat("files/a"), listed(store, "files/")):
                with pytest.raises(StoreUnavailable):
                    await call


async def test_who_gives_up_on_a_server_that_hangs_need_not_wait_for_it(server: MinioServer) -> None:
    async with minio_object_store(s3_connection(server.endpoint)) as store:
        await put(store, "files/a", b"a")
        server.send_signal(signal.SIGSTOP)
        asked = [asyncio.ensure_future(put(store, f"files/{number}", b"a")) for number in range(2 * MAX_THREADS)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(put(store, "files/a", b"a"), 0.1)
        assert not any(one.done() for one in asked)
        server.send_signal(signal.SIGCONT)
        await asyncio.gather(*asked)


async def test_a_store_that_was_closed_is_unavailable(server: MinioServer) -> None:
    async with minio_object_store(s3_connection(server.endpoint)) as store:
        await put(store, "files/a", b"a")
    await everything(store)


async def test_a_refusal_names_no_key_and_no_secret(server: MinioServer) -> None:
    connection = replace(s3_connection(server.endpoint), secret_key="a-wrong-secret")
    async with minio_object_store(connection) as store:
        with pytest.raises(StoreUnavailable) as refused:
            await put(store, "files/name-of-a-patient", b"a")
    told = f"{refused.value!r} {refused.value.__cause__!r} {connection!r}"
    assert "SignatureDoesNotMatch" in told
    for secret in ("a-wrong-secret", connection.access_key, "patient"):
        assert secret not in told


async def test_a_bucket_that_was_removed_is_made_again(server: MinioServer) -> None:
    connection = s3_connection(server.endpoint)
    async with minio_object_store(connection) as store:
        await put(store, "files/a", b"a")
        await store.delete("files/a")
        await asyncio.to_thread(client(connection).remove_bucket, f"{connection.bucket_prefix}files")
        with pytest.raises(ObjectNotFound):
            await store.stat("files/a")
        assert await listed(store, "files/") == []
        await store.delete("files/a")
        with pytest.raises(StoreUnavailable):
            await put(store, "files/a", b"a")
        await put(store, "files/a", b"a")


_BEGINNER = """
import asyncio, sys
from chassis.adapters.minio.connection import MAX_THREADS, client
from chassis.adapters.minio.object_store import minio_object_store
from testkit.conformance.object_store import put
from tests.servers.s3 import s3_connection

async def main(endpoint, prefix, name):
    async with minio_object_store(s3_connection(endpoint, prefix)) as store:
        sys.stdin.readline()
        await put(store, f"files/{name}", name.encode())

asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_begin_at_once_share_a_bucket(server: MinioServer) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _BEGINNER, server.endpoint, "shared-", f"{number}"),
            stdin=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        for number in range(3)
    ]
    await asyncio.gather(*(process.communicate(b"\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0]
    async with minio_object_store(s3_connection(server.endpoint, "shared-")) as store:

        async def all_there() -> bool:
            return await listed(store, "files/") == ["files/0", "files/1", "files/2"]

        await eventually(all_there)
