import json
import re
from pathlib import Path

import nibabel as nib
import pytest
import typer
from typer.testing import CliRunner, Result

from analyzer.entrypoints.cli import analyze

APP = typer.Typer()
APP.command("analyze")(analyze)

COLUMNS = {"COLUMNS": "200"}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(APP, [str(argument) for argument in arguments], env=COLUMNS)


@pytest.fixture
def sarcoma(shared_data: Path) -> Path:
    return shared_data / "sts019_ct_with_rtstruct.zip"


def test_findings_warnings_and_notice_are_shown(sarcoma: Path) -> None:
    outcome = run(sarcoma)
    assert outcome.exit_code == 0
    for text in ("finding-1", "17.3", "lesion, supplied", "measure_only", "Research use only"):
        assert text in outcome.stdout
    assert re.search("[А-Яа-яЁё]", outcome.stdout) is None


def test_json_prints_the_complete_result_only(sarcoma: Path) -> None:
    outcome = run(sarcoma, "--json")
    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout)["findings"][0]["volume_ml"] == pytest.approx(17.351, rel=0.01)


def test_out_saves_the_result_and_its_files(sarcoma: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    assert run(sarcoma, "--out", out).exit_code == 0
    assert {path.name for path in out.iterdir()} == {
        *("result.json", "image.nii.gz", "mask.nii.gz", "preview.nii.gz"),
        *("segmentation.dcm", "report.dcm", "finding-1.png"),
    }
    assert nib.Nifti1Image.from_filename(out / "mask.nii.gz").shape == (136, 134, 47)


def test_a_kernel_that_cannot_confine_the_child_is_warned_about(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzer.entrypoints.cli.missing_protections", lambda: ["Landlock", "seccomp"])
    assert "no Landlock and no seccomp" in run(shared_data / "mr_4slices.zip").stderr


def test_several_files_are_one_study(shared_data: Path) -> None:
    outcome = run(shared_data / "sts019_ct.nii.gz", shared_data / "sts019_ct_gtv_mask.nii.gz", "--json")
    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout)["findings"][0]["source"] == "supplied"


def test_a_failed_analysis_exits_with_1_and_prints_its_code_and_message(shared_data: Path, tmp_path: Path) -> None:
    outcome = run(shared_data / "mr_4slices.zip", "--out", tmp_path / "out")
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("NOT_APPLICABLE: ")
    assert outcome.stdout == ""
    assert not (tmp_path / "out").exists()


def test_invalid_arguments_exit_with_2(sarcoma: Path, tmp_path: Path) -> None:
    (tmp_path / "something").write_text("here")
    assert run().exit_code == 2
    assert run("no-such-file").exit_code == 2
    assert run(sarcoma, "--model", "no-such-manifest").exit_code == 2
    refused = run(sarcoma, "--out", tmp_path)
    assert refused.exit_code == 2
    assert "empty folder" in refused.stderr


def test_an_invalid_model_exits_with_1(sarcoma: Path, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    outcome = run(sarcoma, "--model", tmp_path / "model.json")
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("MODEL_ERROR: ")
