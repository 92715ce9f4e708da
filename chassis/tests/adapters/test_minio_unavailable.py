"""An S3 server that is down, full or refuses requests raises `StoreUnavailable` and is used again once it is back."""

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
from chassis.ports.object_store import ObjectNotFound, ObjectStore, StoreFull
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


async def assert_unavailable(store: ObjectStore) -> None:
    """Assert that every method raises `StoreUnavailable`."""
    for call in (put(store, "files/a", b"a"), store.stat("files/a"), store.delete("files/a"), listed(store, "files/")):
        with pytest.raises(StoreUnavailable):
            await call
    with pytest.raises(StoreUnavailable):
        await anext(store.open("files/a"))


async def test_opening_and_presigning_need_no_server() -> None:
    async with minio_object_store(s3_connection(f"http://127.0.0.1:{free_port()}")) as store:
        assert await store.presign("files/a", timedelta(hours=1), "a.zip")
        await assert_unavailable(store)


async def test_a_restarted_server_is_used_again(server: MinioServer) -> None:
    async with minio_object_store(s3_connection(server.endpoint)) as store:
        data = noise(20 * MIB)
        await put(store, "files/a", data)
        pieces = store.open("files/a")
        await anext(pieces)
        await asyncio.to_thread(server.kill)
        with pytest.raises(StoreUnavailable):
            async for _ in pieces:
                pass
        await assert_unavailable(store)
        await asyncio.to_thread(server.start)
        assert await read(store, "files/a") == data
        await put(store, "files/b", b"b")


async def test_an_upload_to_a_server_that_dies_stores_nothing(server: MinioServer) -> None:
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


async def test_a_full_disk_is_an_unavailable_store(server: MinioServer) -> None:
    async with minio_object_store(s3_connection(server.endpoint)) as store:
        await put(store, "files/small", b"small")
        process = psutil.Process(server.pid)
        process.rlimit(resource.RLIMIT_FSIZE, (2 * MIB, 2 * MIB))
        with pytest.raises(StoreUnavailable):
            await store.put("files/large", chunks(noise(20 * MIB)), "application/zip")
        assert await listed(store, "files/") == ["files/small"]
        assert await read(store, "files/small") == b"small"


async def test_a_server_that_is_no_s3_is_an_unavailable_store() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as http_server:
        port = http_server.sockets[0].getsockname()[1]
        async with minio_object_store(s3_connection(f"http://127.0.0.1:{port}")) as store:
            for call in (put(store, "files/a", b"a"), store.stat("files/a"), listed(store, "files/")):
                with pytest.raises(StoreUnavailable):
                    await call


@pytest.mark.parametrize("code", ["XMinioStorageFull", "InsufficientStorage"])
async def test_a_server_without_space_is_a_full_store(code: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>no space</Message></Error>"

    async def refuse_objects(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        is_object = head.startswith("PUT") and head.split()[1].count("/") > 1
        status, content = ("507 Insufficient Storage", body) if is_object else ("200 OK", "<LifecycleConfiguration/>")
        answer = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(content)}\r\n"
        writer.write(f"{answer}Connection: close\r\n\r\n{content}".encode())
        writer.close()

    async with await asyncio.start_server(refuse_objects, "127.0.0.1", 0) as http_server:
        port = http_server.sockets[0].getsockname()[1]
        async with minio_object_store(s3_connection(f"http://127.0.0.1:{port}")) as store:
            with pytest.raises(StoreFull):
                await put(store, "files/a", b"a")


async def test_a_caller_can_time_out_while_the_server_hangs(server: MinioServer) -> None:
    async with minio_object_store(s3_connection(server.endpoint)) as store:
        await put(store, "files/a", b"a")
        server.send_signal(signal.SIGSTOP)
        uploads = [asyncio.ensure_future(put(store, f"files/{number}", b"a")) for number in range(2 * MAX_THREADS)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(put(store, "files/a", b"a"), 0.1)
        assert not any(upload.done() for upload in uploads)
        server.send_signal(signal.SIGCONT)
        await asyncio.gather(*uploads)


async def test_a_closed_store_is_unavailable(server: MinioServer) -> None:
    async with minio_object_store(s3_connection(server.endpoint)) as store:
        await put(store, "files/a", b"a")
    await assert_unavailable(store)


async def test_an_error_contains_no_object_key_and_no_secret(server: MinioServer) -> None:
    connection = replace(s3_connection(server.endpoint), secret_key="a-wrong-secret")
    async with minio_object_store(connection) as store:
        with pytest.raises(StoreUnavailable) as refused:
            await put(store, "files/name-of-a-patient", b"a")
    message = f"{refused.value!r} {refused.value.__cause__!r} {connection!r}"
    assert "SignatureDoesNotMatch" in message
    for secret in ("a-wrong-secret", connection.access_key, "patient"):
        assert secret not in message


async def test_a_removed_bucket_is_created_again(server: MinioServer) -> None:
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


_WRITER = """
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


async def test_processes_that_start_at_once_share_a_bucket(server: MinioServer) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _WRITER, server.endpoint, "shared-", f"{number}"),
            stdin=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        for number in range(3)
    ]
    await asyncio.gather(*(process.communicate(b"\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0]
    async with minio_object_store(s3_connection(server.endpoint, "shared-")) as store:

        async def all_stored() -> bool:
            return await listed(store, "files/") == ["files/0", "files/1", "files/2"]

        await eventually(all_stored)
