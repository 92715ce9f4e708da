"""Benchmark: what the cage of the child adds to an analysis, against the same child without it.

The two alternate. It measures the child's processor time, which other load of the machine hardly changes.
"""

import asyncio
import resource
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import CHILD_PROGRAM, run_isolated
from benchmarks.table import Row
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import small_chest

_ROUNDS = 9
_LIMIT = 0.030
_WITHOUT_CAGE = """
from analyzer.isolation import cage, child
cage.enter = lambda request: None
child.serve(child.load_pipeline)
"""
_UNCAGED_PROGRAM = (sys.executable, "-I", "-c", _WITHOUT_CAGE)


def rows() -> list[Row]:
    """Return the processor time that the cage adds to an analysis of a small CT, against the limit of 30 ms."""
    added: list[float] = []
    with TemporaryDirectory() as folder:
        archive = write_ct_zip(small_chest().volume, Path(folder) / "series.zip")
        for _ in range(_ROUNDS):
            added.append(_measured(archive, CHILD_PROGRAM) - _measured(archive, _UNCAGED_PROGRAM))
    seconds = median(added)
    what = f"processor time that the cage adds to an analysis, median of {_ROUNDS} pairs"
    return [Row(what, f"{seconds * 1000:.1f} ms", "at most 30 ms", _LIMIT / max(seconds, 0.001))]


def _measured(archive: Path, program: tuple[str, ...]) -> float:
    with TemporaryDirectory() as folder:
        request = AnalysisRequest(files=(archive,), work_folder=Path(folder), configuration=AnalysisConfiguration())
        before = _processor_seconds()
        asyncio.run(run_isolated(request, ChildLimits(), _ignore_progress, program))
        return _processor_seconds() - before


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _ignore_progress(stage: str, percent: int) -> None:
    pass
