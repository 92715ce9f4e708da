"""Files of a job: its input, the listing of a ZIP archive, artifacts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from threading import Thread, current_thread
from types import SimpleNamespace
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import orjson
import pytest

from california_gold_contracts.jobs import AnalysisCompleted, Artifact, JobInput, JobRequeued
from chassis.ports.infrastructure import Infrastructure

RecordEvents = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]
StoreArtifact = Callable[..., Awaitable[Artifact]]


def packed() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("study/", b"")
        archive.writestr("study/a.dcm", b"a" * 1000)
        archive.writestr("study/b.dcm", bytes(range(256)))
    return buffer.getvalue()


async def test_a_file_is_downloaded_whole_or_in_part(owner: httpx.AsyncClient, job_with_file: Submit):
    content = bytes(range(256)) * 10
    job_id = await job_with_file(content, "снимок.dcm")
    whole = await owner.get(f"/jobs/{job_id}/file")
    part = await owner.get(f"/jobs/{job_id}/file", headers={"Range": "bytes=100-199"})
    assert (whole.status_code, whole.content, whole.headers["content-length"]) == (200, content, "2560")
    assert "filename*=UTF-8''%D1%81%D0%BD%D0%B8%D0%BC%D0%BE%D0%BA.dcm" in whole.headers["content-disposition"]
    assert (part.status_code, part.content) == (206, content[100:200])
    unchanged = await owner.get(f"/jobs/{job_id}/file", headers={"If-None-Match": whole.headers["etag"]})
    assert unchanged.status_code == 304


async def test_the_entity_tag_of_a_job_file_is_the_recorded_hash(
    owner: httpx.AsyncClient, submit: Submit, infrastructure: Infrastructure
):
    async def chunks() -> AsyncIterator[bytes]:
        yield b"bytes"

    stored = await infrastructure.objects.put("jobs/1/a/b", chunks(), "application/zip")
    recorded = JobInput(object_key=stored.key, name="a.zip", size=5, sha256="ab" * 32, content_type=stored.content_type)
    answer = await owner.get(f"/jobs/{await submit(job_input=recorded)}/file")
    assert answer.headers["etag"] == f'"{recorded.sha256}"'


async def test_a_job_without_a_file_answers_404(owner: httpx.AsyncClient, submit: Submit):
    job_id = await submit()
    answer = await owner.get(f"/jobs/{job_id}/file")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Файл не найден"})


async def test_a_file_that_the_object_store_lost_is_not_found(
    owner: httpx.AsyncClient, job_with_file: Submit, infrastructure: Infrastructure
):
    job_id = await job_with_file(packed())
    for key in [stored.key async for stored in infrastructure.objects.list("")]:
        await infrastructure.objects.delete(key)
    for suffix in ("file", "zip-contents", "zip-info"):
        answer = await owner.get(f"/jobs/{job_id}/{suffix}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Файл не найден"})


async def test_a_zip_is_listed_without_folders(owner: httpx.AsyncClient, job_with_file: Submit):
    job_id = await job_with_file(packed(), "study.zip")
    with ZipFile(BytesIO(packed())) as archive:
        sizes = {info.filename: (info.file_size, info.compress_size) for info in archive.infolist()}
    contents = (await owner.get(f"/jobs/{job_id}/zip-contents")).json()
    assert (contents["job_id"], contents["zip_filename"], contents["total_files"]) == (1, "study.zip", 2)
    assert {file["name"]: (file["size"], file["compressed_size"]) for file in contents["files"]} == {
        name: sizes[name] for name in ("study/a.dcm", "study/b.dcm")
    }


async def test_names_in_a_zip_are_listed_as_they_are_and_unsafe_ones_are_marked(
    owner: httpx.AsyncClient, job_with_file: Submit
):
    names = ["study/a.dcm", "../../etc/cron.d/a", "C:/a.dcm"]
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    contents = (await owner.get(f"/jobs/{await job_with_file(content.getvalue())}/zip-contents")).json()
    assert [(file["name"], file["unsafe"]) for file in contents["files"]] == list(
        zip(names, [False, True, True], strict=True)
    )


async def test_a_listing_is_not_encoded_on_the_event_loop(
    owner: httpx.AsyncClient, job_with_file: Submit, monkeypatch: pytest.MonkeyPatch
):
    threads: list[Thread] = []

    def dumps(value: object) -> bytes:
        threads.append(current_thread())
        return orjson.dumps(value)

    monkeypatch.setattr("jobs_query.entrypoints.zip_routes.orjson", SimpleNamespace(dumps=dumps))
    answer = await owner.get(f"/jobs/{await job_with_file(packed())}/zip-contents")
    assert answer.json()["total_files"] == 2
    assert [thread is current_thread() for thread in threads] == [False]


async def test_the_totals_of_a_zip_are_answered(owner: httpx.AsyncClient, job_with_file: Submit):
    content = packed()
    job_id = await job_with_file(content, "study.zip")
    with ZipFile(BytesIO(content)) as archive:
        compressed = sum(info.compress_size for info in archive.infolist() if not info.is_dir())
    assert (await owner.get(f"/jobs/{job_id}/zip-info")).json() == {
        "job_id": 1,
        "zip_filename": "study.zip",
        "file_size": len(content),
        "zip_info": {
            "total_files": 2,
            "compressed_size": compressed,
            "compression_ratio": round(compressed / 1256, 6),
        },
    }


async def test_an_empty_archive_has_no_files(owner: httpx.AsyncClient, job_with_file: Submit):
    buffer = BytesIO()
    ZipFile(buffer, "w").close()
    job_id = await job_with_file(buffer.getvalue())
    info = (await owner.get(f"/jobs/{job_id}/zip-info")).json()["zip_info"]
    assert info == {"total_files": 0, "compressed_size": 0, "compression_ratio": 1.0}
    assert (await owner.get(f"/jobs/{job_id}/zip-contents")).json()["files"] == []


@pytest.mark.parametrize("suffix", ["zip-contents", "zip-info"])
async def test_a_zip_is_recognized_by_its_content(
    owner: httpx.AsyncClient, job_with_file: Submit, submit: Submit, suffix: str
):
    async def detail_of(job_id: UUID) -> tuple[int, str]:
        answer = await owner.get(f"/jobs/{job_id}/{suffix}")
        return answer.status_code, answer.json().get("detail", "")

    assert await detail_of(await job_with_file(packed(), "renamed.dcm")) == (200, "")
    assert await detail_of(await job_with_file(b"text", "named.zip")) == (400, "Задание не содержит ZIP архив")
    assert await detail_of(await submit()) == (400, "Задание не содержит ZIP архив")
    truncated = await detail_of(await job_with_file(packed()[:200], "cut.zip"))
    assert truncated == (400, "Некорректный ZIP файл: архив обрывается")


async def test_a_malformed_zip_is_refused_in_english_where_the_client_prefers_it(
    owner: httpx.AsyncClient, job_with_file: Submit
):
    job_id = await job_with_file(packed()[:200], "cut.zip")
    answer = await owner.get(f"/jobs/{job_id}/zip-info", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "The ZIP file is invalid: the archive is truncated"})


async def test_artifacts_are_listed_and_downloaded(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents, artifact: StoreArtifact
):
    job_id = await submit()
    assert (await owner.get(f"/jobs/{job_id}/artifacts")).json() == []
    artifacts = (await artifact("mask.nii.gz", b"mask"), await artifact("finding-1.png", b"png", "image/png"))
    await project(job_id, AnalysisCompleted(job_id=job_id, attempt=1, results={}, artifacts=artifacts))
    listed = (await owner.get(f"/jobs/{job_id}/artifacts")).json()
    assert [set(item) for item in listed] == [{"name", "media_type", "size", "url"}] * 2
    downloads = [await owner.get(item["url"]) for item in listed]
    assert [answer.content for answer in downloads] == [b"mask", b"png"]
    assert [answer.headers["content-type"] for answer in downloads] == ["application/gzip", "image/png"]
    assert [len(answer.content) for answer in downloads] == [item["size"] for item in listed]


async def test_only_the_artifacts_of_the_latest_attempt_exist(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents, artifact: StoreArtifact
):
    job_id = await submit()
    artifacts = (await artifact("mask.nii.gz", b"mask"),)
    await project(job_id, AnalysisCompleted(job_id=job_id, attempt=1, results={}, artifacts=artifacts))
    for name in ("other", "..%2Fmask.nii.gz", "mask"):
        answer = await owner.get(f"/jobs/{job_id}/artifacts/{name}")
        assert answer.status_code == 404, name
    await project(job_id, JobRequeued(job_id=job_id, attempt=2))
    assert (await owner.get(f"/jobs/{job_id}/artifacts")).json() == []
    assert (await owner.get(f"/jobs/{job_id}/artifacts/mask.nii.gz")).json() == {"detail": "Файл не найден"}
