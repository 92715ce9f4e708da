"""Benchmark: what the cage of the child adds to an analysis, against the same child without it.

The upload holds no image, so that little else is measured: a template starts, imports, and forks a child, which reads.
The two alternate; the least processor time of each counts, which other load of the machine changes the least.
"""

import asyncio
import resource
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess
from benchmarks.table import Row

_ROUNDS = 20
_LIMIT = 0.030
_SERVE = "from analyzer.isolation import cage, child, template; {}template.serve(child.load_pipeline)"
_CAGED = (sys.executable, "-I", "-c", _SERVE.format(""))
_UNCAGED = (sys.executable, "-I", "-c", _SERVE.format("cage.enter = lambda request: None; "))


def rows() -> list[Row]:
    """Return the processor time that the cage adds to an analysis, against the limit of 30 ms."""
    with TemporaryDirectory() as folder:
        upload = Path(folder) / "upload"
        upload.write_bytes(b"no image" * 1000)
        pairs = [(_measured(upload, _CAGED), _measured(upload, _UNCAGED)) for _ in range(_ROUNDS)]
    caged, uncaged = (min(times) for times in zip(*pairs, strict=True))
    added = caged - uncaged
    what = f"processor time that the cage adds to an analysis, the least of {_ROUNDS} runs each"
    return [
        Row(
            what, f"{added * 1000:.1f} ms ({caged:.3f} - {uncaged:.3f} s)", "at most 30 ms", _LIMIT / max(added, 0.0001)
        )
    ]


def _measured(upload: Path, program: tuple[str, ...]) -> float:
    with TemporaryDirectory() as folder:
        request = AnalysisRequest(files=(upload,), work_folder=Path(folder), configuration=AnalysisConfiguration())
        before = _processor_seconds()
        with suppress(AnalysisFailed):
            asyncio.run(_run(request, program))
        return _processor_seconds() - before


async def _run(request: AnalysisRequest, program: tuple[str, ...]) -> None:
    async with TemplateProcess(program) as template:
        await run_isolated(request, ChildLimits(), _ignore_progress, template)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _ignore_progress(stage: str, percent: int) -> None:
    pass
