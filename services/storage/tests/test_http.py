"""The routes, as the OpenAPI document describes them."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from urllib.parse import quote, urlsplit

import pytest
from httpx import AsyncClient, Response

from chassis.ports.infrastructure import Infrastructure
from storage.domain.naming import bucket_name, file_name
from testkit.served import Served

CONTENT = bytes(range(256)) * 1000


async def upload(client: AsyncClient, name: str = "a.dcm", content: bytes = CONTENT, **query: str) -> Response:
    return await client.post("/upload", files={"file": (name, content, "application/dicom")}, params=query)


async def names(client: AsyncClient, **query: str) -> list[str]:
    return [entry["name"] for entry in (await client.get("/files", params=query)).json()["files"]]


async def test_an_upload_returns_the_stored_file(client: AsyncClient):
    answer = await upload(client)
    assert answer.status_code == 201
    assert answer.json() == {
        "message": "Файл успешно загружен",
        "filename": "a.dcm",
        "bucket": "uploads",
        "size": len(CONTENT),
    }


async def test_answers_are_in_english_when_the_client_prefers_it(client: AsyncClient):
    client.headers["Accept-Language"] = "en"
    assert (await upload(client)).json()["message"] == "The file has been uploaded"
    assert (await client.delete("/files/a.dcm")).json() == {"message": "The file 'a.dcm' has been deleted"}
    assert (await client.get("/download/a.dcm")).json() == {"detail": "The file is not found"}
    reserved = await upload(client, bucket_name="jobs")
    assert reserved.json() == {"detail": "The bucket name 'jobs' is reserved"}


async def test_an_upload_is_listed_at_once_and_ordered_by_name(client: AsyncClient):
    for n, name in enumerate(["c", "a/b", "a", "B"], 1):
        await upload(client, name)
        assert len(await names(client)) == n
    assert await names(client) == ["B", "a", "a/b", "c"]
    body = (await client.get("/files")).json()
    assert list(body) == ["bucket", "files", "count"]
    assert (body["bucket"], body["count"]) == ("uploads", 4)
    assert list(body["files"][0]) == ["name", "size", "last_modified"]
    assert body["files"][0]["size"] == len(CONTENT)
    assert body["files"][0]["last_modified"].endswith("Z")
    assert await names(client, prefix="a") == ["a", "a/b"]
    assert await names(client, prefix="a/") == ["a/b"]


async def test_a_bucket_without_files_is_an_empty_list(client: AsyncClient):
    assert (await client.get("/files?bucket_name=nothing")).json() == {"bucket": "nothing", "files": [], "count": 0}


async def test_equal_names_in_two_buckets_are_two_files(client: AsyncClient):
    await upload(client, content=b"one")
    await upload(client, content=b"two", bucket_name="other")
    assert (await client.get("/download/a.dcm")).content == b"one"
    assert (await client.get("/download/a.dcm?bucket_name=other")).content == b"two"
    assert (await client.delete("/files/a.dcm?bucket_name=other")).status_code == 200
    assert (await names(client), await names(client, bucket_name="other")) == (["a.dcm"], [])


async def test_the_bucket_may_be_a_field_of_the_form_before_or_after_the_file(client: AsyncClient):
    def part(head: str, content: str) -> str:
        return f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"

    field, file = part('name="bucket_name"', "form"), part('name="file"; filename="{}"', "content")
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (field + file.format("before"), file.format("after") + field):
        answer = await client.post("/upload", content=f"{body}--x--\r\n", headers=headers)
        assert answer.json()["bucket"] == "form"
    assert await names(client, bucket_name="form") == ["after", "before"]
    query = await client.post("/upload?bucket_name=query", content=f"{field}{file}--x--\r\n", headers=headers)
    assert query.json()["bucket"] == "query"


async def test_a_download_has_the_bytes_and_headers_of_the_upload(client: AsyncClient):
    await upload(client, "снимок 1.dcm")
    answer = await client.get("/download/снимок 1.dcm")
    assert answer.content == CONTENT
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Content-Type"] == "application/dicom"
    assert answer.headers["ETag"] == f'"{sha256(CONTENT).hexdigest()}"'
    assert f"filename*=UTF-8''{quote('снимок 1.dcm')}" in answer.headers["Content-Disposition"]


async def test_the_entity_tag_of_a_file_is_the_recorded_hash(client: AsyncClient, infrastructure: Infrastructure):
    async def other_bytes() -> AsyncIterator[bytes]:
        yield CONTENT[::-1]

    await upload(client)
    [stored] = [listed async for listed in infrastructure.objects.list("files/")]
    await infrastructure.objects.put(stored.key, other_bytes(), "application/dicom")
    assert (await client.get("/download/a.dcm")).headers["ETag"] == f'"{sha256(CONTENT).hexdigest()}"'


async def test_a_range_can_be_downloaded(client: AsyncClient):
    await upload(client)
    part = await client.get("/download/a.dcm", headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, CONTENT[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(CONTENT)}"
    beyond = await client.get("/download/a.dcm", headers={"Range": f"bytes={len(CONTENT)}-"})
    assert beyond.status_code == 416


async def test_if_none_match_answers_304_until_the_file_changes(client: AsyncClient):
    await upload(client)
    tag = (await client.get("/download/a.dcm")).headers["ETag"]
    assert (await client.get("/download/a.dcm", headers={"If-None-Match": tag})).status_code == 304
    await upload(client, content=b"another")
    assert (await client.get("/download/a.dcm", headers={"If-None-Match": tag})).status_code == 200


@pytest.mark.parametrize(
    "name", ["a b+c&d=e%.dcm", "папка/серия 1/снимок.dcm", "url", "a/url", "%2e%2e", "x" * 255, "a?b#c"]
)
async def test_a_name_in_a_path_may_be_plain_or_percent_encoded(client: AsyncClient, name: str):
    assert (await upload(client, name)).json()["filename"] == name
    for path in (quote(name), quote(name, safe="")):
        assert (await client.get(f"/download/{path}")).content == CONTENT
        assert (await client.get(f"/files/{path}/url")).json()["filename"] == name
    assert (await client.delete(f"/files/{quote(name)}")).json() == {"message": f"Файл '{name}' успешно удален"}
    assert (await client.get(f"/download/{quote(name)}")).status_code == 404


async def test_an_upload_replaces_the_file_of_the_same_name(client: AsyncClient):
    await upload(client, content=b"old")
    await upload(client, content=b"newer")
    assert (await client.get("/download/a.dcm")).content == b"newer"
    entries = (await client.get("/files")).json()["files"]
    assert [(entry["name"], entry["size"]) for entry in entries] == [("a.dcm", 5)]


async def test_concurrent_uploads_of_one_name_leave_one_whole_file(client: AsyncClient):
    contents = [bytes([n]) * (10_000 + n) for n in range(10)]
    answers = await asyncio.gather(*(upload(client, content=content) for content in contents))
    assert {answer.status_code for answer in answers} == {201}
    downloaded = (await client.get("/download/a.dcm")).content
    assert downloaded in contents
    assert (await client.get("/files")).json()["files"][0]["size"] == len(downloaded)


async def test_an_idempotency_key_makes_a_retry_safe(client: AsyncClient):
    client.headers["Idempotency-Key"] = "key-1"
    first = await upload(client, content=b"first")
    del client.headers["Idempotency-Key"]
    await upload(client, content=b"second")
    client.headers["Idempotency-Key"] = "key-1"
    assert (await upload(client, content=b"first")).json() == first.json()
    assert (await client.get("/download/a.dcm")).content == b"second"


async def test_a_new_file_may_not_hide_its_extension_and_one_stored_earlier_is_served(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    name = "a\u202egnp.exe"
    refused = await upload(client, name)
    assert refused.status_code == 400
    assert "направления текста" in refused.json()["detail"]

    with monkeypatch.context() as earlier:
        earlier.setattr("storage.entrypoints.upload_handler.new_file_name", file_name)
        assert (await upload(client, name)).status_code == 201
    assert await names(client) == [name]
    assert (await client.get(f"/download/{quote(name)}")).content == CONTENT
    assert (await client.get(f"/files/{quote(name)}/url")).status_code == 200
    assert (await client.delete(f"/files/{quote(name)}")).status_code == 200


@pytest.mark.parametrize("bucket", ["xn--abc", "abc--x-s3"])
async def test_a_new_bucket_may_not_have_a_name_that_s3_reserves_and_one_with_files_is_served(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch, bucket: str
):
    part = {"file": ("a.dcm", CONTENT, "application/dicom")}
    for refused in (
        await upload(client, bucket_name=bucket),
        await client.post("/upload", files=part, data={"bucket_name": bucket}),
    ):
        assert (refused.status_code, refused.json()) == (400, {"detail": f"Имя bucket '{bucket}' зарезервировано"})

    with monkeypatch.context() as earlier:
        earlier.setattr("storage.entrypoints.upload_handler.new_bucket_name", bucket_name)
        assert (await upload(client, bucket_name=bucket)).status_code == 201
    assert await names(client, bucket_name=bucket) == ["a.dcm"]
    assert (await client.get("/download/a.dcm", params={"bucket_name": bucket})).content == CONTENT
    assert (await client.delete("/files/a.dcm", params={"bucket_name": bucket})).status_code == 200


async def test_a_repeated_deletion_is_answered_as_the_first_one(client: AsyncClient):
    await upload(client)
    answers = [await client.delete("/files/a.dcm", headers={"Idempotency-Key": "key-1"}) for _ in range(2)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, answers[0].json())] * 2


async def test_an_empty_file_can_be_stored(client: AsyncClient):
    assert (await upload(client, content=b"")).json()["size"] == 0
    answer = await client.get("/download/a.dcm")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_deleted_file_is_not_found(client: AsyncClient):
    await upload(client)
    assert (await client.delete("/files/a.dcm")).json() == {"message": "Файл 'a.dcm' успешно удален"}
    assert await names(client) == []
    for answer in (await client.get("/download/a.dcm"), await client.delete("/files/a.dcm")):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Файл не найден"})


async def test_a_link_needs_no_token(client: AsyncClient, api: Served):
    await upload(client)
    body = (await client.get("/files/a.dcm/url?expires=60")).json()
    assert list(body) == ["filename", "url", "expires_in_seconds"]
    assert (body["filename"], body["expires_in_seconds"]) == ("a.dcm", 60)
    assert body["url"].startswith("http://testserver/")
    nobody = await api.client()
    assert (await nobody.get(body["url"])).content == CONTENT
    link = urlsplit(str(body["url"]))
    assert (await nobody.get(f"{link.path}?{link.query.replace('a.dcm', 'b.exe')}")).status_code == 403


async def test_files_of_other_users_are_not_found(client: AsyncClient, other_user: AsyncClient):
    await upload(client)
    assert await names(other_user) == []
    for answer in (
        await other_user.get("/download/a.dcm"),
        await other_user.get("/files/a.dcm/url"),
        await other_user.delete("/files/a.dcm"),
    ):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Файл не найден"})
    await upload(other_user, content=b"mine")
    assert (await client.get("/download/a.dcm")).content == CONTENT


async def test_every_route_requires_a_token(api: Served):
    nobody = await api.client()
    for answer in (
        await upload(nobody),
        await nobody.get("/files"),
        await nobody.get("/download/a.dcm"),
        await nobody.get("/files/a.dcm/url"),
        await nobody.delete("/files/a.dcm"),
    ):
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
