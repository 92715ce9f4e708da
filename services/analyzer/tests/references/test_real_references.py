"""Real images with known ground truth; see the README of the data."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from analyzer.detection.measure_only import MeasureOnly
from analyzer.domain.result import Finding
from analyzer.domain.study import ReferenceFile, Study
from analyzer.measurement.findings import measure_findings
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import read_study
from analyzer.references.interpret import interpret, interpret_references

DATA = Path(__file__).parents[5] / "shared" / "data"
SARCOMA_ML = 17.351
LIVER_VOXELS, LIVER_ML = 107_098, 70.362


def read(*names: str) -> Study:
    return read_study([DATA / name for name in names], ReadingLimits(), lambda stage, share: None, b"key")


def measured(study: Study) -> list[Finding]:
    strategy = MeasureOnly(interpret_references(study).segments)
    assert strategy.applies(study.series.volume) is None
    return measure_findings(study.series.volume, strategy.segment(study.series.volume, lambda share: None))


def test_the_contoured_sarcoma_has_its_known_volume_and_is_a_lesion():
    [finding] = measured(read("sts019_ct_with_rtstruct.zip"))
    assert finding.volume_ml == pytest.approx(SARCOMA_ML, rel=0.01)
    assert (finding.type, finding.source, finding.confidence) == ("lesion", "supplied", None)


def test_the_contoured_sarcoma_equals_its_nifti_mask_voxel_for_voxel():
    study = read("sts019_ct_with_rtstruct.zip")
    [drawn] = interpret_references(study).segments
    [mask] = read("sts019_ct.nii.gz", "sts019_ct_gtv_mask.nii.gz").references
    [painted] = interpret(mask, study.series)
    assert painted.offset == drawn.offset
    assert np.array_equal(painted.mask, drawn.mask)


def test_the_nifti_pair_gives_the_same_finding_as_the_dicom_pair():
    [drawn] = measured(read("sts019_ct_with_rtstruct.zip"))
    [painted] = measured(read("sts019_ct.nii.gz", "sts019_ct_gtv_mask.nii.gz"))
    assert painted.volume == pytest.approx(drawn.volume, rel=1e-4)
    assert painted.long_axis_mm == pytest.approx(drawn.long_axis_mm, rel=1e-4)
    assert painted.hu == drawn.hu
    for axis in ("x", "y", "z"):
        there, here = getattr(drawn.location_lps_mm, axis), getattr(painted.location_lps_mm, axis)
        assert here == pytest.approx(there, abs=0.01)


def test_the_liver_has_its_known_voxels_and_volume_and_is_not_a_lesion():
    study = read("ct_3slices_with_liver_seg.zip")
    [liver] = interpret_references(study).segments
    assert np.count_nonzero(liver.mask) == LIVER_VOXELS
    [finding] = measured(study)
    assert finding.volume_ml == pytest.approx(LIVER_ML, rel=0.0001)
    assert finding.type == "structure"


def test_a_reference_of_another_patient_is_ignored_with_a_warning(tmp_path: Path):
    with zipfile.ZipFile(DATA / "ct_3slices_with_liver_seg.zip") as archive:
        (tmp_path / "liver.dcm").write_bytes(archive.read("liver.dcm"))
    files = [DATA / "ct_4slices_5_and_10mm_apart.zip", tmp_path / "liver.dcm"]
    study = read_study(files, ReadingLimits(), lambda stage, share: None, b"key")
    references = interpret_references(study)
    assert isinstance(study.references[0], ReferenceFile)
    assert [each.code for each in references.warnings] == ["REFERENCE_OTHER_IMAGE"]
    assert not references.segments
