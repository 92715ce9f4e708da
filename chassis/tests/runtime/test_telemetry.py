"""What /metrics shows of workers and of further measures."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from chassis.runtime.disk_space import DiskSpace
from chassis.runtime.durations import Durations
from chassis.runtime.service import Measurement, Worker
from chassis.runtime.telemetry import Telemetry


async def _forever() -> None:
    await asyncio.Event().wait()


async def test_durations_of_a_worker_are_a_histogram() -> None:
    durations = Durations("work_seconds", "Time of a piece of work", ["outcome"], (1, 10))
    telemetry = Telemetry([Worker("worker", _forever, durations=[durations])])
    durations.observe(2, outcome="completed")

    metrics = (await telemetry.render()).decode()

    assert "# TYPE california_gold_work_seconds histogram" in metrics
    assert 'california_gold_work_seconds_bucket{le="1.0",outcome="completed"} 0.0' in metrics
    assert 'california_gold_work_seconds_bucket{le="10.0",outcome="completed"} 1.0' in metrics
    assert 'california_gold_work_seconds_sum{outcome="completed"} 2.0' in metrics


async def test_a_sample_whose_name_ends_with_total_is_of_a_counter() -> None:
    async def measure() -> Sequence[Measurement]:
        return [Measurement("things_total", 3, {"kind": "a"}), Measurement("things", 2)]

    metrics = (await Telemetry(measures={"things": measure}).render()).decode()

    assert '# TYPE california_gold_things_total counter\ncalifornia_gold_things_total{kind="a"} 3.0' in metrics
    assert "# TYPE california_gold_things gauge\ncalifornia_gold_things 2.0" in metrics


async def test_free_space_is_measured_where_the_folder_is_there(tmp_path: Path) -> None:
    present = {measured.name: measured for measured in await DiskSpace("DATA_DIR", tmp_path, 5).measure()}

    assert present["disk_free_bytes"].value > 0
    assert present["disk_min_free_bytes"] == Measurement("disk_min_free_bytes", 5, {"folder": "DATA_DIR"})
    assert await DiskSpace("WORK_DIR", tmp_path / "nowhere", 5).measure() == ()
