"""Benchmark: a whole analysis in the child process, from a ZIP on disk to the result and its output files."""

import asyncio
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from benchmarks.table import Row
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import Phantom, chest_phantom, small_chest


def rows() -> list[Row]:
    """Measure against the limits: seconds, and peak memory of the child process."""
    small = _analyse(small_chest())
    large = _analyse(chest_phantom(7, shape=(300, 512, 512), spacing=(1.0, 0.7, 0.7), nodules=(6.0, 10.0, 16.0)))
    return [_seconds("64x160x160", small[0], 6), _seconds("300x512x512", large[0], 15), _memory(large[1])]


def _analyse(phantom: Phantom) -> tuple[float, float]:
    """Return seconds, and the peak MB of all child processes so far: call it for the smallest image first."""
    with TemporaryDirectory() as folder:
        archive = write_ct_zip(phantom.volume, Path(folder) / "series.zip")
        started = time.perf_counter()
        outcome = asyncio.run(_run(archive, Path(folder)))
        seconds = time.perf_counter() - started
    if outcome != len(phantom.nodules):
        raise RuntimeError(f"{outcome} findings instead of {len(phantom.nodules)}: the measurement is invalid")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


async def _run(archive: Path, folder: Path) -> int:
    work = folder / "work"
    work.mkdir()
    request = AnalysisRequest(files=(archive,), work_folder=work, configuration=AnalysisConfiguration())
    outcome = await run_isolated(request, ChildLimits(), _ignore_progress)
    return outcome.result.summary.lesions_count


async def _ignore_progress(stage: str, percent: int) -> None:
    pass


def _seconds(what: str, seconds: float, limit: float) -> Row:
    return Row(f"whole analysis of {what}", f"{seconds:.1f} s", f"{limit} s", limit / seconds)


def _memory(megabytes: float) -> Row:
    return Row("memory of the analysis of 300x512x512", f"{megabytes:.0f} MB", "1,200 MB", 1200 / megabytes)
