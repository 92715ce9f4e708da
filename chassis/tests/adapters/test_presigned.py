from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from chassis.composition.embedded import embedded
from chassis.http.app import create_app
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings

REFUSED = {"detail": "Ссылка недействительна или устарела"}
KEY = "files/1/docs/снимок №1.zip"


class MovableClock:
    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def infrastructure(tmp_path: Path, clock: MovableClock) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data", clock=clock) as opened:
        yield opened


@pytest.fixture
async def client(infrastructure: Infrastructure) -> AsyncGenerator[AsyncClient]:
    app = create_app([], infrastructure, Settings(access_log="off"))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://localhost") as opened:
        yield opened


async def content() -> AsyncIterator[bytes]:
    yield b"0123456789"


@pytest.fixture
async def link(infrastructure: Infrastructure) -> str:
    await infrastructure.objects.put(KEY, content(), "application/zip")
    return await infrastructure.objects.presign(KEY, timedelta(hours=1), "снимок №1.zip")


async def test_a_link_downloads_the_object_under_its_name_without_a_token(client: AsyncClient, link: str) -> None:
    answer = await client.get(link)
    assert (answer.status_code, answer.content) == (200, b"0123456789")
    assert answer.headers["content-type"] == "application/zip"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert "filename*=UTF-8''%D1%81%D0%BD%D0%B8%D0%BC%D0%BE%D0%BA%20%E2%84%961.zip" in disposition


async def test_a_presigned_link_is_relative_to_the_address_of_the_api(link: str) -> None:
    assert link.startswith("/presigned?")


async def test_a_link_supports_range_requests(client: AsyncClient, link: str) -> None:
    answer = await client.get(link, headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["content-range"] == "bytes 2-4/10"


async def test_a_range_outside_the_object_is_416(client: AsyncClient, link: str) -> None:
    assert (await client.get(link, headers={"Range": "bytes=10-"})).status_code == 416


async def test_head_returns_the_size(client: AsyncClient, link: str) -> None:
    answer = await client.head(link)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "10")


async def test_a_link_expires_on_time(client: AsyncClient, link: str, clock: MovableClock) -> None:
    clock.time += timedelta(minutes=59)
    assert (await client.get(link)).status_code == 200
    clock.time += timedelta(minutes=1)
    answer = await client.get(link)
    assert (answer.status_code, answer.json()) == (403, REFUSED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("docs", "secrets"),
        ("files%2F1%2F", "files%2F2%2F"),
        ("expires=", "expires=9"),
        ("filename=", "filename=x"),
        ("signature=", "signature=0"),
    ],
)
async def test_a_modified_link_is_refused(client: AsyncClient, link: str, old: str, new: str) -> None:
    assert old in link
    answer = await client.get(link.replace(old, new, 1))
    assert (answer.status_code, answer.json()) == (403, REFUSED)


@pytest.mark.parametrize(
    "query",
    [
        "key=a&expires=1&filename=b&signature=",
        "key=a&expires=9007199254740991&filename=b&signature=%D0%B6",
        "key=&expires=9007199254740991&filename=%22&signature=00",
    ],
)
async def test_a_forged_link_is_refused(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/presigned?{query}")
    assert (answer.status_code, answer.json()) == (403, REFUSED)


@pytest.mark.parametrize("query", ["", "key=a", f"key=a&expires={2**70}&filename=b&signature=c"])
async def test_a_link_with_missing_or_invalid_parameters_is_422(client: AsyncClient, query: str) -> None:
    assert (await client.get(f"/presigned?{query}")).status_code == 422


async def test_a_link_to_a_deleted_object_is_404(
    client: AsyncClient, link: str, infrastructure: Infrastructure
) -> None:
    await infrastructure.objects.delete(KEY)
    answer = await client.get(link)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Файл не найден"})


async def test_links_stay_valid_after_a_restart(tmp_path: Path, clock: MovableClock) -> None:
    urls: set[str] = set()
    for _ in range(2):
        async with embedded(tmp_path / "again", clock=clock) as infrastructure:
            urls.add(await infrastructure.objects.presign(KEY, timedelta(hours=1), "a"))
    assert len(urls) == 1
