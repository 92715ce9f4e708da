"""Benchmark: reading a ZIP of a CT into a sorted volume, against only inflating its members with zlib (lower bound).

Each measurement runs in a separate process, so that peak memory is measured separately; the two alternate.
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from analyzer.domain.volume import Volume
from benchmarks.table import Row
from testkit.images.dicom_files import write_series

_ROUNDS = 3
_SLICES = 300
_SIDE = 512
_MIB = 2**20

_LOWER_BOUND = """
import json, sys, time, zipfile
started = time.process_time()
with zipfile.ZipFile(sys.argv[1]) as archive:
    for member in archive.infolist():
        archive.read(member)
print(json.dumps([time.process_time() - started, 0]))
"""
_READ = """
import json, sys, time
from pathlib import Path
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import read_study
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
before = peak()
started = time.process_time()
study = read_study([Path(sys.argv[1])], ReadingLimits(), lambda stage, share: None, b"key")
taken = time.process_time() - started
print(json.dumps([taken, peak() - before - study.series.volume.voxels.nbytes]))
"""


def rows() -> list[Row]:
    """Return CPU seconds of reading, deflated and stored, and peak memory beyond the volume."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        volume = _ct()
        deflated = write_series(volume, Path(folder) / "deflated.zip")
        stored = write_series(volume, Path(folder) / "stored.zip", compressed=False)
        return [*_compared("deflated", deflated), *_compared("stored", stored)]


def _ct() -> Volume:
    rows_, columns = np.mgrid[:_SIDE, :_SIDE]
    body = np.where((rows_ - 256) ** 2 + (columns - 256) ** 2 < 200**2, 40, -1000)
    noise = np.random.default_rng(1)
    return Volume(
        voxels=np.stack([(body + noise.normal(0, 20, body.shape)).astype(np.int16) for _ in range(_SLICES)]),
        row_direction=np.array([1.0, 0, 0]),
        column_direction=np.array([0.0, 1, 0]),
        origins=np.outer(np.arange(_SLICES), [0.0, 0.0, 1.0]),
        pixel_spacing=(0.7, 0.7),
        modality="CT",
    )


def _compared(compression: str, path: Path) -> list[Row]:
    ours: list[float] = []
    bounds: list[float] = []
    memory: list[float] = []
    for _ in range(_ROUNDS):
        bounds.append(_measured(_LOWER_BOUND, path)[0])
        seconds, peak = _measured(_READ, path)
        ours.append(seconds)
        memory.append(peak)
    ratio = median(bound / own for bound, own in zip(bounds, ours, strict=True))
    what = (
        f"ZIP ({compression}, {_SLICES} slices) to volume, CPU time; {median(memory) / _MIB:.0f} MiB above the volume"
    )
    return [Row(what, f"{median(ours):.2f} s", f"zipfile alone {median(bounds):.2f} s", ratio)]


def _measured(program: str, path: Path) -> tuple[float, float]:
    child = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    seconds, peak = json.loads(child.stdout)
    return seconds, peak
