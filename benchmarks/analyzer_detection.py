"""Benchmark: nodule detection against a naive implementation with SciPy's filters and statistics over the whole array.

Each runs in a separate process on the same seeded phantom, so that peak memory is measured separately; CPU time does
not depend on the load of the machine. The naive implementation does only a part of the work: the scale space, its
maxima, and statistics of every bright component. Both use one thread.
"""

import json
import os
import subprocess
import sys

from benchmarks.table import Row

_MIB = 2**20

_START = """
import json, sys, time
import numpy as np
from testkit.images.phantom import chest_phantom
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
slices, side, pixel = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
volume = chest_phantom(
    11, shape=(slices, side, side), spacing=(pixel, pixel, 1.0), nodules=[6.0, 8.0, 12.0, 20.0], noise_hu=40
).volume
"""
_OURS = """
from analyzer.detection.lung_blob import LungBlob
started = time.process_time()
found = len(LungBlob().segment(volume, lambda share: None).candidates)
print(json.dumps([time.process_time() - started, peak(), found]))
"""
_NAIVE = """
from scipy import ndimage
started = time.process_time()
image = np.clip(volume.voxels, -1000, 200).astype(np.float32)
spacing = np.array(volume.spacing[::-1])
fine = ndimage.gaussian_filter(image, 1 / spacing)
peaks = []
for k in range(1, 8):
    coarse = ndimage.gaussian_filter(image, 2 ** (k / 2) / spacing)
    response = fine - coarse
    peaks.append(np.argwhere((response > 40) & (response == ndimage.maximum_filter(response, 3))))
    fine = coarse
labels, count = ndimage.label(image > -400)
index = np.arange(1, count + 1)
for statistic in (ndimage.mean, ndimage.standard_deviation, ndimage.center_of_mass):
    statistic(image, labels, index)
print(json.dumps([time.process_time() - started, peak(), sum(map(len, peaks))]))
"""


def rows() -> list[Row]:
    """Return CPU time and peak memory of both on 100 x 320 x 320, and of ours alone on 300 x 512 x 512."""
    seconds, memory, _ = _measured(_OURS, 100, 320, 1.0)
    naive_seconds, naive_memory, _ = _measured(_NAIVE, 100, 320, 1.0)
    large_seconds, large_memory, _ = _measured(_OURS, 300, 512, 0.7)
    size = "100 slices of 320 x 320"
    return [
        Row(f"detect, {size}, CPU time", f"{seconds:.1f} s", f"{naive_seconds:.1f} s (naive)", naive_seconds / seconds),
        Row(
            f"detect, {size}, peak memory with the image",
            f"{memory / _MIB:.0f} MiB",
            f"{naive_memory / _MIB:.0f} MiB (naive)",
            naive_memory / memory,
        ),
        Row(
            f"detect, 300 slices of 512 x 512, CPU time; {large_memory / _MIB:.0f} MiB with the image",
            f"{large_seconds:.1f} s",
            "14 s (limit)",
            14 / large_seconds,
        ),
    ]


def _measured(code: str, slices: int, side: int, pixel_mm: float) -> tuple[float, int, int]:
    """Return CPU seconds, peak bytes and the number of candidates."""
    command = [sys.executable, "-c", _START + code, str(slices), str(side), str(pixel_mm)]
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.run(command, check=True, capture_output=True, text=True, env=one_thread)
    seconds, memory, found = json.loads(process.stdout)
    return float(seconds), int(memory), int(found)
