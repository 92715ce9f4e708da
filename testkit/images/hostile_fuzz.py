"""Fuzzer of the reader: mutated files must give a study or `AnalysisFailed`.

Run as `python -m testkit.images.hostile_fuzz EXAMPLES` in a separate process, because a crash of a native decoder ends
the process; its exit code is the result. The cases are deterministic.
"""

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import uid

from analyzer.domain.failures import AnalysisFailed
from analyzer.domain.volume import Volume
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import read_study
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import file_bytes, series_members, write_series
from testkit.images.dicom_multiframe import multi_frame_dataset
from testkit.images.dicom_segmentations import segmentation_dataset, structure_set_dataset
from testkit.images.dicom_syntaxes import LOSSLESS, encoded
from testkit.images.hostile_reading import ADDRESS_SPACE
from testkit.images.nifti_files import write_nifti

Change = tuple[float, int]
LIMITS = ReadingLimits(unpacked_bytes=2**26, volume_bytes=2**26, plane_bytes=2**24, reference_bytes=2**26)


def _volume() -> Volume:
    return Volume(
        voxels=np.random.default_rng(4).choice([-1000, 40], (3, 32, 32)).astype(np.int16),
        row_direction=np.array([1.0, 0, 0]),
        column_direction=np.array([0.0, 1, 0]),
        origins=np.array([[0.0, 0, 2 * k] for k in range(3)]),
        pixel_spacing=(1.0, 1.0),
        modality="CT",
    )


def seeds(folder: Path) -> list[bytes]:
    """Return one valid file of each format and encoding."""
    volume = _volume()
    datasets = slice_datasets(volume)
    mask = {"lesion": volume.voxels > 0}
    syntaxes = (*LOSSLESS, uid.JPEGBaseline8Bit)
    with_references = {
        "seg": file_bytes(segmentation_dataset(datasets, mask)),
        "structures": file_bytes(structure_set_dataset(volume, mask)),
    }
    files = [file_bytes(encoded(dataset, syntax)) for syntax in syntaxes for dataset in datasets[:1]]
    files += [file_bytes(encoded(multi_frame_dataset(volume), syntax)) for syntax in syntaxes]
    files += [next(iter(series_members(volume).values()))[132:]]
    files += [
        write_series(volume, folder / "seed", extra=with_references, compressed=compressed).read_bytes()
        for compressed in (False, True)
    ]
    files += [write_nifti(volume, folder / name).read_bytes() for name in ("a.nii", "a.nii.gz")]
    return files


def mutate(content: bytes, changes: list[Change], keep: float) -> bytes:
    """Return the content with some bytes changed, truncated to the share `keep`."""
    mutated = bytearray(content)
    for position, change in changes:
        mutated[int(position * (len(mutated) - 1))] ^= change
    return bytes(mutated[: int(keep * len(mutated))])


def fuzz(examples: int) -> None:
    """Read `examples` mutated files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = seeds(folder)
        path = folder / "mutated"
        early = st.floats(0, 1).map(lambda position: position**3)
        changes = st.lists(st.tuples(st.one_of(early, st.floats(0, 1)), st.integers(1, 255)), max_size=8)
        cut = st.one_of(st.just(1.0), st.floats(0, 1))

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(st.sampled_from(range(len(files))), changes, cut)
        def reads_or_fails(number: int, changes: list[Change], keep: float) -> None:
            path.write_bytes(mutate(files[number], changes, keep))
            try:
                read_study([path], LIMITS, lambda _stage, _share: None, b"key")
            except AnalysisFailed:
                return

        reads_or_fails()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    fuzz(int(sys.argv[1]))
