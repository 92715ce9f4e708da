"""Archives that the standard library refuses are read; others are refused with what to do."""

import gzip
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_LZMA

import pytest

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.archive import list_members
from analyzer.reading.inflation import InflationBudget
from analyzer.reading.limits import ReadingLimits
from testkit.zip_archives import CENTRAL, UNUSUAL_FOR_ZIPFILE, archive, patched


def tar_of(mode: str) -> bytes:
    """Return a tar of one file, in the compression of the mode."""
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as packed:  # pyright: ignore[reportCallIssue, reportArgumentType]
        packed.addfile(tarfile.TarInfo("x.dcm"))
    return buffer.getvalue()


@pytest.mark.parametrize("name", [name for name in UNUSUAL_FOR_ZIPFILE if "files" not in name])
def test_an_unusual_archive_is_read(name: str, tmp_path: Path) -> None:
    content, files = UNUSUAL_FOR_ZIPFILE[name]
    path = tmp_path / "archive.zip"
    path.write_bytes(content)

    assert len(list_members(path, ReadingLimits(), InflationBudget())) == files


def test_what_to_do_about_deflate64_is_said(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    content = archive({"a": b"x" * 100})
    path.write_bytes(patched(content, CENTRAL, 10, "<H", 9))

    with pytest.raises(AnalysisFailed) as failed:
        list_members(path, ReadingLimits(), InflationBudget())
    assert failed.value.code is FailureCode.ZIP_INVALID
    assert "Deflate64" in failed.value.message.ru


def test_an_unknown_compression_method_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(archive({"a": b"x" * 100}, ZIP_LZMA))

    with pytest.raises(AnalysisFailed) as failed:
        list_members(path, ReadingLimits(), InflationBudget())
    assert failed.value.code is FailureCode.ZIP_INVALID
    assert "Deflate" in failed.value.message.ru


@pytest.mark.parametrize("marker", [b"PK\x07\x08", b"PK00"])
def test_a_part_of_a_split_archive_is_an_incomplete_archive(
    marker: bytes, tmp_path: Path, read: Callable[..., object]
) -> None:
    path = tmp_path / "archive.z01"
    path.write_bytes(marker + archive({"a": b"x" * 100})[:60])

    with pytest.raises(AnalysisFailed) as failed:
        read(path)
    assert failed.value.code is FailureCode.ZIP_INVALID


OTHERS: dict[str, bytes] = {
    "tar": tar_of("w"),
    "tar.gz": tar_of("w:gz"),
    "tar.bz2": tar_of("w:bz2"),
    "tar.xz": tar_of("w:xz"),
    "gzip of another file": gzip.compress(b"no NIfTI" * 100),
    "7z": b"7z\xbc\xaf\x27\x1c\0\4" + bytes(100),
    "RAR 4": b"Rar!\x1a\x07\0" + bytes(100),
    "RAR 5": b"Rar!\x1a\x07\1\0" + bytes(100),
    "Zstandard": b"\x28\xb5\x2f\xfd" + bytes(100),
}


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside of a ZIP"])
@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_another_archive_is_refused_with_what_to_do(
    content: bytes, inside: bool, tmp_path: Path, read: Callable[..., object]
) -> None:
    path = tmp_path / "archive"
    path.write_bytes(archive({"x": content}) if inside else content)

    with pytest.raises(AnalysisFailed) as failed:
        read(path)
    assert failed.value.code is FailureCode.NO_IMAGE
    assert "ZIP" in failed.value.message.ru
    assert "7z" in failed.value.message.ru
