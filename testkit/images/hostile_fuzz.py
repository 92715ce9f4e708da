"""Fuzzer of the reader: mutated files must give a study or `AnalysisFailed`.

Run as `python -m testkit.images.hostile_fuzz EXAMPLES` in a separate process, because a crash of a native decoder ends
the process; its exit code is the result. The cases are deterministic.
"""

import resource
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset, uid
from pydicom.encaps import encapsulate, generate_frames

from analyzer.domain.failures import AnalysisFailed
from analyzer.domain.volume import Volume
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import read_study
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import file_bytes, series_members, write_series
from testkit.images.dicom_multiframe import multi_frame_dataset
from testkit.images.dicom_segmentations import segmentation_dataset, structure_set_dataset
from testkit.images.dicom_syntaxes import LOSSLESS, encoded
from testkit.images.high_throughput import with_codestream
from testkit.images.hostile_reading import ADDRESS_SPACE
from testkit.images.nifti_files import write_nifti
from testkit.zip_archives import archive, zip64_beside_values

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
    syntaxes = (*LOSSLESS, uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit)
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
    times = [volume.voxels] * 2
    for name in ("a.nii", "a.nii.gz"):
        files += [write_nifti(volume, folder / name, further=further).read_bytes() for further in ([], times)]
    return files + _deviating(volume, folder)


def _deviating(volume: Volume, folder: Path) -> list[bytes]:
    """Return valid files that only a lenient reader reads."""
    with_nan = np.where(np.arange(32) < 9, np.float32(np.nan), volume.voxels.astype(np.float32))
    high_throughput = with_codestream(slice_datasets(volume)[0], uid.HTJ2KLossless)
    boxed, run_lengths, no_end = (
        encoded(slice_datasets(volume)[0], syntax)
        for syntax in (uid.JPEG2000Lossless, uid.RLELossless, uid.JPEGLosslessSV1)
    )
    _change_frame(boxed, lambda frame: struct.pack(">L4s", 0, b"jp2c") + frame)
    _change_frame(run_lengths, lambda frame: frame.rstrip(b"\0") + b"\xf0w\xf0w")
    _change_frame(no_end, lambda frame: frame.rstrip(b"\0").removesuffix(b"\xff\xd9"))
    return [
        *map(file_bytes, (high_throughput, boxed, run_lengths, no_end)),
        zip64_beside_values(archive(series_members(volume))),
        write_nifti(volume, folder / "b.nii", voxels=with_nan).read_bytes(),
    ]


def _change_frame(dataset: Dataset, change: Callable[[bytes], bytes]) -> None:
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.PixelData = encapsulate([change(frame)])


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
