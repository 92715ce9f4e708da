"""Benchmark: a whole analysis in the child process, from a ZIP on disk to the result and its output files."""

import asyncio
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess
from analyzer.outputs.nifti_image import write_image
from analyzer.pipeline import analyze
from benchmarks.table import Row
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import Phantom, chest_phantom, small_chest


def rows() -> list[Row]:
    """Measure against the limits: seconds, and peak memory of the child process."""
    small = _analyse(small_chest())
    phantom = chest_phantom(7, shape=(300, 512, 512), spacing=(1.0, 0.7, 0.7), nodules=(6.0, 10.0, 16.0))
    large = _analyse(phantom)
    return [
        _seconds("64x160x160", small[0], 2.5),
        _seconds("300x512x512", large[0], 8),
        _memory(large[1]),
        _image(*_image_seconds(phantom)),
    ]


def _analyse(phantom: Phantom) -> tuple[float, float]:
    """Return seconds, and the peak MB of all child processes so far: call it for the smallest image first."""
    with TemporaryDirectory() as folder:
        archive = write_ct_zip(phantom.volume, Path(folder) / "series.zip")
        findings, seconds = asyncio.run(_run(archive, Path(folder)))
    if findings != len(phantom.nodules):
        raise RuntimeError(f"{findings} findings instead of {len(phantom.nodules)}: the measurement is invalid")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _image_seconds(phantom: Phantom) -> tuple[float, float]:
    """Return the processor seconds of writing the image and its preview, and of the whole analysis, in this process."""
    with TemporaryDirectory() as folder:
        archive, results = write_ct_zip(phantom.volume, Path(folder) / "series.zip"), Path(folder) / "results"
        results.mkdir()
        started = time.process_time()
        analyze([archive], results, AnalysisConfiguration(), lambda _stage, _share: None, b"key", datetime.now(UTC))
        whole = time.process_time()
        write_image(Path(folder) / "image.nii.gz", Path(folder) / "preview.nii.gz", phantom.volume)
        return time.process_time() - whole, whole - started


async def _run(archive: Path, folder: Path) -> tuple[int, float]:
    """Return the number of findings and the seconds in a template that is ready, as that of a service is."""
    work = folder / "work"
    work.mkdir()
    request = AnalysisRequest(files=(archive,), work_folder=work, configuration=AnalysisConfiguration())
    async with TemplateProcess() as template:
        await (await template.fork()).end()
        started = time.perf_counter()
        outcome = await run_isolated(request, ChildLimits(), _ignore_progress, template)
        return outcome.result.summary.lesions_count, time.perf_counter() - started


async def _ignore_progress(stage: str, percent: int) -> None:
    pass


def _seconds(what: str, seconds: float, limit: float) -> Row:
    return Row(f"whole analysis of {what}", f"{seconds:.1f} s", f"{limit} s", limit / seconds)


def _memory(megabytes: float) -> Row:
    return Row("memory of the analysis of 300x512x512", f"{megabytes:.0f} MB", "900 MB", 900 / megabytes)


def _image(seconds: float, whole: float) -> Row:
    share = seconds / whole
    return Row("writing the image and its preview, of the processor time", f"{share:.0%}", "10 %", 0.1 / share)
