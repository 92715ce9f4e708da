"""Invalid requests are answered with an error, and leave no object and no event."""

from httpx import AsyncClient

from chassis.ports.infrastructure import Infrastructure

BAD_BUCKETS = ("ab", "A" * 5, "a_b", "a" * 64, "../x", "files", "jobs", "results", "192.168.0.1", "a\nb", "%")
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
FILE_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


async def objects(infrastructure: Infrastructure) -> list[str]:
    return [stored.key async for stored in infrastructure.objects.list("files/1/")]


async def test_an_invalid_bucket_is_refused_by_every_route_and_stores_nothing(
    client: AsyncClient, infrastructure: Infrastructure
):
    for bucket in BAD_BUCKETS:
        file, query = {"file": ("a", b"x")}, {"bucket_name": bucket}
        for answer in (
            await client.post("/upload", files=file, params=query),
            await client.post("/upload", files=file, data=query),
            await client.get("/files", params=query),
            await client.get("/download/a", params=query),
            await client.delete("/files/a", params=query),
            await client.get("/files/a/url", params=query),
        ):
            assert answer.status_code == 400, bucket
            assert "bucket" in answer.json()["detail"]
    assert await objects(infrastructure) == []


async def test_an_invalid_file_name_is_refused_and_stores_nothing(client: AsyncClient, infrastructure: Infrastructure):
    for name in ("../../etc/passwd", "/etc/passwd", "a/../b", "..", "C:\\a", "a//b", "я" * 513):
        answer = await client.post("/upload", files={"file": (name, b"x")})
        assert answer.status_code == 400, name
        assert "имя файла" in answer.json()["detail"]
    assert await objects(infrastructure) == []
    for path in ("%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%2fetc%2fpasswd", "a%5cb", "%00", "%ff", "a%0ab", "x" * 5000):
        for answer in (await client.get(f"/download/{path}"), await client.delete(f"/files/{path}")):
            assert answer.status_code in {404, 422}, path


async def test_a_form_without_its_file_is_refused(client: AsyncClient, infrastructure: Infrastructure):
    for answer in (
        await client.post("/upload"),
        await client.post("/upload", data={"bucket_name": "uploads"}),
        await client.post("/upload", json={"file": "x"}),
        await client.post("/upload", files={"other": ("a", b"x")}),
        await client.post("/upload", files=[("file", ("a", b"x")), ("file", ("b", b"y"))]),
        await client.post("/upload", content=FILE_HEAD.replace(b'"a"', b'""') + b"x\r\n--x--\r\n", headers=MULTIPART),
    ):
        assert answer.status_code == 422, answer.text
    assert await objects(infrastructure) == []


async def test_a_truncated_body_stores_nothing(client: AsyncClient, infrastructure: Infrastructure):
    for body in (b"", b"nonsense", FILE_HEAD, FILE_HEAD + b"x" * 100_000, FILE_HEAD + b"x\r\n--x"):
        assert (await client.post("/upload", content=body, headers=MULTIPART)).status_code == 400
    assert await objects(infrastructure) == []


async def test_a_file_that_is_too_large_stores_nothing(client: AsyncClient, infrastructure: Infrastructure):
    answer = await client.post("/upload", files={"file": ("a", b"x" * 10_000_001)})
    assert answer.status_code == 413
    assert await objects(infrastructure) == []
    assert (await client.post("/upload", files={"file": ("a", b"x" * 10_000_000)})).status_code == 201


async def test_a_link_expires_after_a_second_to_a_week(client: AsyncClient):
    await client.post("/upload", files={"file": ("a", b"x")})
    for expires in ("0", "-1", "604801", "x", "1.5", "9" * 30, ""):
        assert (await client.get(f"/files/a/url?expires={expires}")).status_code == 422, expires
    for expires in ("1", "604800"):
        assert (await client.get(f"/files/a/url?expires={expires}")).status_code == 200
