"""Nothing that the embedded mode stores can be read by other users of the machine, wherever it is copied to."""

from pathlib import Path

import pytest

from tests.e2e.api_client import Api, expect
from tests.e2e.embedded_product import EmbeddedProduct

OTHERS = 0o077


async def test_no_file_and_no_folder_is_readable_by_others(
    tmp_path_factory: pytest.TempPathFactory, chest_zip: bytes
) -> None:
    product = EmbeddedProduct(tmp_path_factory.mktemp("private") / "product").start()
    try:
        async with Api(product.url).registered() as account:
            expect(await account.http.post("/upload", files={"file": ("a.dcm", b"secret")}), 201)
            job = await account.submit(chest_zip)
            assert (await account.until_ended(job["id"]))["status"] == "completed"
        stored = sorted((product.folder / "data").rglob("*"))
    finally:
        product.stop()

    assert any("blobs" in str(path) for path in stored)
    assert [path for path in stored if path.exists() and _is_readable_by_others(path)] == []


def _is_readable_by_others(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS)
