"""Hostile files fail with their code, within a memory limit, in a separate process."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analyzer.domain.failures import FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import members_of, write_series, write_zip
from testkit.images.hostile import HostileFile, write_corpus
from testkit.images.hostile_dicom import damaged_dicom

Read = Callable[..., Study]
SECONDS = 250
PEAK_MIB = 2048
FUZZ_EXAMPLES = 300


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[HostileFile]:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def outcomes(corpus: list[HostileFile]) -> dict[str, dict[str, Any]]:
    """File -> outcome of reading it, in one child process with a memory limit."""
    command = [sys.executable, "-m", "testkit.images.hostile_reading", *(str(file.path) for file in corpus)]
    child = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    records = [json.loads(line) for line in child.stdout.splitlines()]
    return {record["path"]: record for record in records}


def test_every_hostile_file_fails_with_its_code(corpus: list[HostileFile], outcomes: dict[str, dict[str, Any]]) -> None:
    assert len(corpus) >= 30
    found = {file.name: outcomes[str(file.path)]["failure"] for file in corpus}
    assert found == {file.name: file.failure for file in corpus}


def test_no_hostile_file_exhausts_the_memory(outcomes: dict[str, dict[str, Any]]) -> None:
    assert max(record["peak_mib"] for record in outcomes.values()) < PEAK_MIB


def test_hostile_files_write_nothing_to_disk(corpus: list[HostileFile], outcomes: dict[str, Any]) -> None:
    assert {path.name for path in corpus[0].path.parent.iterdir()} == {file.path.name for file in corpus}
    assert outcomes


def test_damaged_files_beside_a_valid_series_are_counted_only(phantom: Volume, tmp_path: Path, read: Read) -> None:
    damaged = {name: content for name, (failure, content) in damaged_dicom().items() if failure is FailureCode.NO_IMAGE}
    study = read(write_series(phantom, tmp_path / "a", extra=damaged))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert sum(study.ignored.values()) == len(damaged)


def test_names_inside_an_archive_are_only_labels(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = list(members_of(slice_datasets(phantom)).values())
    names = ["/etc/passwd", "../../escape", "..\\..\\escape", "C:\\x", "b//c", "x" * 5_000, "ж" * 90, "con", "\x07"]
    renamed = dict(zip([*names, "y", "z", "q"], members, strict=True))
    study = read(write_zip(tmp_path / "a", renamed | {"a/": b""}))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.thorough
def test_mutated_files_give_a_study_or_a_failure() -> None:
    command = [sys.executable, "-m", "testkit.images.hostile_fuzz", str(FUZZ_EXAMPLES)]
    child = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert child.returncode == 0, child.stderr[-4000:]
