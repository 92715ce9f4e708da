"""Inflating costs in proportion to its input and output, counted in bytes and engines, and the rest is charged."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from isal import isal_zlib

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading import inflation
from analyzer.reading.ignored_files import FileIgnored
from analyzer.reading.inflation import GZIP, RAW_DEFLATE, InflationBudget, inflate
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.sources import list_sources

EMPTY_MEMBER = gzip.compress(b"", mtime=0)
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
Read = Callable[..., object]


def noise(count: int) -> bytes:
    return np.random.default_rng(count).bytes(count)


def pieces(content: bytes, size: int = 2**18) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def inflated(content: bytes, size: int = 2**18, wbits: int = GZIP, budget: InflationBudget | None = None) -> bytes:
    return b"".join(inflate(pieces(content, size), wbits, budget or InflationBudget()))


class Work:
    """Counts the engines and the bytes that they are handed, which are the most that they can copy."""

    def __init__(self) -> None:
        self.engines = self.handed = 0

    def decompressobj(self, wbits: int) -> Any:
        self.engines += 1
        work, engine = self, isal_zlib.decompressobj(wbits)

        class Counted:
            def decompress(self, content: bytes, most: int) -> bytes:
                work.handed += len(content)
                return engine.decompress(content, most)

            def __getattr__(self, name: str) -> object:
                return getattr(engine, name)

        return Counted()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    counted = Work()
    monkeypatch.setattr(inflation, "isal_zlib", counted)
    return counted


@pytest.mark.parametrize("size", [1, 7, 1000, 2**18])
@pytest.mark.parametrize(
    "content",
    [[noise(3000)], [b"\0" * 3_000_000], [noise(10), b"", noise(70_000), b"x" * 5000]],
    ids=["noise", "zeros", "members"],
)
def test_any_division_into_pieces_inflates_to_the_same(content: list[bytes], size: int) -> None:
    packed = b"".join(gzip.compress(member) for member in content)
    assert inflated(packed, size) == b"".join(content)
    assert inflated(packed + b"\0" * 600, size) == b"".join(content)
    assert inflated(b"\0".join(gzip.compress(member) for member in content), size) == b"".join(content)


@pytest.mark.parametrize("size", [1, 2**18])
def test_what_follows_a_raw_stream_is_skipped(size: int) -> None:
    engine = zlib.compressobj(wbits=-15)
    packed = engine.compress(noise(1000)) + engine.flush()
    assert inflated(packed + b"\0", size, RAW_DEFLATE) == noise(1000)


@pytest.mark.parametrize("content", [b"", gzip.compress(noise(1000), mtime=0)[:-1], EMPTY_MEMBER + b"x"])
def test_an_incomplete_stream_is_damaged(content: bytes) -> None:
    with pytest.raises(FileIgnored):
        inflated(content)


def test_no_piece_is_empty() -> None:
    packed = EMPTY_MEMBER * 100 + gzip.compress(noise(5))
    assert list(inflate(pieces(packed), GZIP, InflationBudget())) == [noise(5)]


@pytest.mark.parametrize(
    "member",
    [EMPTY_MEMBER, EMPTY_MEMBER + b"\0", gzip.compress(noise(500), mtime=0), gzip.compress(noise(9000), mtime=0)],
)
def test_the_work_for_members_grows_with_their_bytes_and_not_with_its_square(member: bytes, work: Work) -> None:
    packed = member * (2**20 // len(member))
    inflated(packed)
    assert work.handed < 16 * len(packed)
    assert work.engines == len(packed) // len(member)


def test_empty_members_end_with_the_budget(work: Work) -> None:
    with pytest.raises(AnalysisFailed) as caught:
        inflated(EMPTY_MEMBER * 5000, budget=InflationBudget(members=1000))
    assert caught.value.code is FailureCode.TOO_LARGE
    assert work.engines == 1000


@pytest.mark.parametrize(
    ("content", "wbits"),
    [(EMPTY_BLOCK * 400_000, RAW_DEFLATE), (EMPTY_MEMBER * 60_000, GZIP), (EMPTY_MEMBER + b"\0" * 2_000_000, GZIP)],
    ids=["blocks", "members", "padding"],
)
def test_bytes_from_which_nothing_comes_end_with_the_budget(content: bytes, wbits: int) -> None:
    with pytest.raises(AnalysisFailed) as caught:
        inflated(content, wbits=wbits, budget=InflationBudget(idle_bytes=2**20))
    assert caught.value.code is FailureCode.TOO_LARGE


def test_a_stream_ahead_of_empty_members_saves_little_for_them() -> None:
    ahead = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(AnalysisFailed):
        inflated(ahead + EMPTY_MEMBER * 120_000, budget=InflationBudget(idle_bytes=2**20))


@pytest.mark.parametrize("content", [noise(40_000_000), b"\0" * 40_000_000], ids=["noise", "zeros"])
def test_an_honest_stream_spends_next_to_nothing(content: bytes) -> None:
    blocks = b"".join(gzip.compress(piece, 1) for piece in pieces(content, 2**16))
    for packed in (gzip.compress(content, 1), blocks):
        budget = InflationBudget()
        assert sum(map(len, inflate(pieces(packed), GZIP, budget))) == len(content)
        assert budget.idle_bytes > InflationBudget().idle_bytes - 2**17


@pytest.mark.parametrize("packed_in", ["zip", "plain"])
def test_an_upload_of_empty_members_is_too_large(packed_in: str, tmp_path: Path, read: Read) -> None:
    upload = tmp_path / "upload"
    members = EMPTY_MEMBER * 500_000
    if packed_in == "zip":
        with ZipFile(upload, "w", ZIP_DEFLATED) as archive:
            archive.writestr("image.nii.gz", members)
    else:
        upload.write_bytes(members)
    with pytest.raises(AnalysisFailed) as caught:
        read(upload)
    assert caught.value.code is FailureCode.TOO_LARGE


def test_the_files_of_an_upload_share_the_budget(tmp_path: Path) -> None:
    archive, plain = tmp_path / "archive.zip", tmp_path / "image.nii.gz"
    with ZipFile(archive, "w", ZIP_DEFLATED) as opened:
        for number in range(3):
            opened.writestr(f"{number}.nii.gz", EMPTY_MEMBER)
    plain.write_bytes(EMPTY_MEMBER)
    sources = list_sources([archive, plain], ReadingLimits())
    for source in sources:
        list(inflate(source.pieces(), GZIP, source.budget))
    assert sources[0].budget.members == InflationBudget().members - 7, "four files, and three entries of an archive"


def test_a_reader_that_stops_causes_no_more_work(work: Work) -> None:
    content = gzip.compress(noise(20_000_000), 1)
    first = next(islice(inflate(pieces(content), GZIP, InflationBudget()), 1))
    assert first
    assert work.handed <= 2**18


def test_members_of_all_sizes_inflate_as_with_the_standard_library() -> None:
    content = b"".join(gzip.compress(noise(count)) for count in (0, 1, 255, 256, 257, 65_536, 1_000_000))
    assert inflated(content) == gzip.GzipFile(fileobj=BytesIO(content)).read()
