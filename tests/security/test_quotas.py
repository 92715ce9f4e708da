"""No user takes the analyzer or the disk from the others."""

import asyncio

import numpy as np
import pytest

from analyzer.domain.volume import Volume
from testkit.eventually import eventually
from testkit.images.dicom_files import file_bytes, write_series
from testkit.images.dicom_segmentations import structure_set_dataset
from tests.e2e.api_client import Account, Api, expect
from tests.e2e.embedded_product import EmbeddedProduct

STRUCTURES, MAX_PICTURES = 64, 50


@pytest.fixture
def api(product: EmbeddedProduct) -> Api:
    return Api(product.url)


@pytest.fixture(scope="module")
def many_structures(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A CT of three slices with 64 outlined structures: small, and with one picture for each of them large results."""
    volume = Volume(
        voxels=np.random.default_rng(4).integers(-1000, 400, (3, 64, 64)).astype(np.int16),
        row_direction=np.array([1.0, 0, 0]),
        column_direction=np.array([0.0, 1, 0]),
        origins=np.array([[0.0, 0, 2 * k] for k in range(3)]),
        pixel_spacing=(1.0, 1.0),
        modality="CT",
    )
    masks = {f"lesion {number}": np.zeros(volume.voxels.shape, bool) for number in range(STRUCTURES)}
    for number, mask in enumerate(masks.values()):
        row, column = 8 * (number // 8), 8 * (number % 8)
        mask[:, row + 1 : row + 6, column + 1 : column + 6] = True
    structures = file_bytes(structure_set_dataset(volume, masks))
    folder = tmp_path_factory.mktemp("structures")
    return write_series(volume, folder / "ct.zip", extra={"structures": structures}).read_bytes()


def bytes_on_disk(product: EmbeddedProduct) -> int:
    return sum(path.stat().st_size for path in (product.folder / "data" / "objects").rglob("*") if path.is_file())


async def start_of(account: Account, job_id: object) -> str:
    """Return the time at which the analyzer started a job."""
    history = expect(await account.http.get(f"/jobs/{job_id}/history"), 200)
    return next(event["time"] for event in history if event["type"].startswith("jobs.analysis-started."))


async def test_five_jobs_of_one_user_delay_the_job_of_another_by_one(api: Api, text_zip: bytes) -> None:
    async with api.registered() as a, api.registered() as b:
        of_a = [await a.submit(text_zip + bytes(number)) for number in range(1, 6)]
        of_b = await b.submit(text_zip)
        await b.until_ended(of_b["id"], within=400)
        started = await start_of(b, of_b["id"])
        for job in of_a:
            await a.until_ended(job["id"], within=400)
        before_b = [job for job in of_a if await start_of(a, job["id"]) < started]
        assert len([job for job in before_b if await start_of(a, job["id"]) > of_b["created_at"]]) <= 1
        assert len(before_b) < len(of_a)


async def test_requeueing_a_job_writes_less_than_a_megabyte(
    api: Api, product: EmbeddedProduct, many_structures: bytes
) -> None:
    async with api.registered() as account:
        job = await account.submit(many_structures)
        ended = await account.until_ended(job["id"], within=400)
        assert ended["status"] == "completed"
        artifacts = expect(await account.http.get(f"/jobs/{job['id']}/artifacts"), 200)
        pictures = [artifact["name"] for artifact in artifacts if artifact["name"].endswith(".png")]
        assert len(pictures) == MAX_PICTURES
        assert "PICTURES_OMITTED" in [warning["code"] for warning in ended["results_payload"]["warnings"]]
        before = await asyncio.to_thread(bytes_on_disk, product)
        for _ in range(2):
            expect(await account.http.put(f"/jobs/{job['id']}", json={"status": "queued"}), 200)
            requeued = await account.until_ended(job["id"], within=400)
            assert requeued["status"] == "completed"
        assert before > 2 * 1024**2, "the outputs are too small to notice that they were copied"
        assert await asyncio.to_thread(bytes_on_disk, product) < before + 1024**2
        assert (await account.http.get(f"/jobs/{job['id']}/artifacts/{pictures[0]}")).status_code == 200

        expect(await account.http.delete(f"/jobs/{job['id']}"), 200)

        async def outputs_are_gone() -> bool:
            return await asyncio.to_thread(bytes_on_disk, product) < before - 1024**2

        await eventually(outputs_are_gone, within=60)


async def test_a_user_is_told_what_is_used_and_what_is_allowed(api: Api, text_zip: bytes) -> None:
    async with api.registered() as account:
        await account.submit(text_zip)
        expect(await account.http.post("/upload", files={"file": ("a.txt", b"12345")}), 201)

        async def is_counted() -> bool:
            quotas = expect(await account.http.get("/auth/me"), 200)["quotas"]
            used = {name: quota["used"] for name, quota in quotas.items()}
            return used == {"bytes": len(text_zip) + 5, "files": 2, "jobs_waiting": 0}

        await eventually(is_counted, within=60)
        quotas = expect(await account.http.get("/auth/me"), 200)["quotas"]
        allowed = {name: quota["allowed"] for name, quota in quotas.items()}
        assert allowed == {"bytes": 100 * 1024**3, "files": 10_000, "jobs_waiting": None}
