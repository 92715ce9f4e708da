import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pydicom import Dataset

from analyzer.detection.segmenter import Candidate, Segmentation
from analyzer.domain.result import Metric, Result
from analyzer.domain.study import AnalysisWarning, Series, Study
from analyzer.domain.volume import Volume
from analyzer.measurement.findings import measure_findings
from analyzer.measurement.report import Run, build_result
from chassis.commands.message import Message

MakeVolume = Callable[..., Volume]
Offset = tuple[int, int, int]

RUN = Run("1.2.3", "ab" * 32, 12.345, {"numpy": "2.0"})
CANARY = "CANARY"


def block(offset: Offset, *shape: int, score: float | None = 0.8, region_type: str = "lesion") -> Candidate:
    whole = Candidate(offset, np.ones(shape, dtype=np.bool_), "detected", score, 1.0)
    return whole if region_type == "lesion" else replace(whole, type="structure")


@pytest.fixture
def study(make_volume: MakeVolume) -> Study:
    volume = make_volume(np.zeros((8, 9, 10), dtype=np.int16), spacing=(0.5, 2.0), step=3.0)
    series = Series(volume, [], [], "study-key", "series-key")
    return Study(
        series,
        [("other-key", "LOCALIZER")],
        [],
        8,
        {"NOT_DICOM": 2, "DUPLICATE": 1},
        [AnalysisWarning("W", Message("раз", "one"))],
    )


def result_of(study: Study, *candidates: Candidate, strategy: str = "lung_blob", run: Run = RUN) -> Result:
    segmentation = Segmentation(strategy, {"threshold": 0.9}, candidates)
    return build_result(study, segmentation, measure_findings(study.series.volume, segmentation), [], run)


def test_a_result_without_findings_has_no_confidence(study: Study):
    result = result_of(study)
    assert result.summary.model_dump() == {"total_volume": 0.0, "lesions_count": 0, "confidence": None}
    assert result.rows[0].probability_of_anomaly is None
    assert result.rows[0].pathology is False
    assert result.rows[0].most_dangerous_pathology_type is None


def test_the_confidence_of_the_summary_is_weighted_by_volume(study: Study):
    result = result_of(study, block((1, 1, 1), 1, 1, 3, score=0.9), block((3, 3, 3), 1, 1, 1, score=0.5))
    assert result.summary.model_dump() == {"total_volume": 12.0, "lesions_count": 2, "confidence": 0.8}


def test_the_row_shows_the_highest_confidence(study: Study):
    result = result_of(study, block((1, 1, 1), 1, 1, 3, score=0.5), block((3, 3, 3), 1, 1, 1, score=0.9))
    assert result.rows[0].model_dump() == {
        "study_uid": "study-key",
        "series_uid": "series-key",
        "pathology": True,
        "probability_of_pathology": None,
        "probability_of_anomaly": 0.9,
        "most_dangerous_pathology_type": "lesion",
        "time_of_processing": "12.3",
    }


def test_an_organ_is_measured_but_not_counted_as_a_lesion(study: Study):
    result = result_of(study, block((1, 1, 1), 2, 2, 2, score=None, region_type="structure"), strategy="measure_only")
    assert result.findings[0].type == "structure"
    assert result.summary.model_dump() == {"total_volume": 0.0, "lesions_count": 0, "confidence": None}
    assert result.rows[0].pathology is False


def test_the_summary_of_supplied_lesions_has_no_confidence(study: Study):
    result = result_of(study, block((1, 1, 1), 2, 2, 2, score=None), strategy="measure_only")
    assert result.summary.lesions_count == 1
    assert result.summary.confidence is None


def test_metrics_hold_facts_about_the_run_and_dice_only_with_a_reference(study: Study):
    assert [each.name for each in result_of(study).metrics] == ["processing_seconds", "voxels"]
    segmentation = Segmentation("lung_blob", {}, [])
    measured = build_result(study, segmentation, [], [Metric(name="dice_score", value=0.5)], RUN)
    assert [each.name for each in measured.metrics] == ["dice_score", "processing_seconds", "voxels"]


def test_the_result_reports_series_files_and_provenance(study: Study):
    result = result_of(study)
    assert result.series.model_dump() == {
        "analysed": {
            "series_uid": "series-key",
            "modality": "CT",
            "columns": 10,
            "rows": 9,
            "slices": 8,
            "spacing_mm": (0.5, 2.0, 3.0),
        },
        "not_analysed": [{"series_uid": "other-key", "reason": "LOCALIZER"}],
    }
    assert result.files.model_dump() == {"used": 8, "ignored": {"DUPLICATE": 1, "NOT_DICOM": 2}}
    assert result.provenance.model_dump() == {
        "analyzer_version": "1.2.3",
        "strategy": "lung_blob",
        "parameters": {"threshold": 0.9},
        "model": None,
        "input_sha256": "ab" * 32,
        "libraries": {"numpy": "2.0"},
        "tags_used": {},
        "reused_from": None,
    }


def test_warnings_keep_their_order_and_overlapping_lesions_add_one(study: Study):
    disjoint = build_result(
        study, Segmentation("lung_blob", {}, []), [], [], RUN, [AnalysisWarning("V", Message("два", "two"))]
    )
    assert [(each.code, each.message) for each in disjoint.warnings] == [("W", "раз"), ("V", "два")]
    overlapping = result_of(study, block((1, 1, 1), 2, 2, 2), block((2, 2, 2), 2, 2, 2))
    assert [each.code for each in overlapping.warnings] == ["W", "LESIONS_OVERLAP"]


@pytest.mark.parametrize(
    ("strategy", "words"),
    [("lung_blob", "rounded lung nodules"), ("measure_only", "came with the images"), ("onnx", "by a model")],
)
def test_every_result_has_the_notice_of_its_strategy(study: Study, strategy: str, words: str):
    notice = result_of(study, strategy=strategy).notice
    assert notice.startswith("Research use only. Not a medical device")
    assert words in notice


def test_two_results_differ_in_their_time_fields_only(study: Study):
    one, other = (
        result_of(study, block((1, 1, 1), 2, 2, 2), run=replace(RUN, seconds=seconds)).model_dump()
        for seconds in (1.0, 2.0)
    )
    assert one != other
    for each in (one, other):
        each["metrics"][0]["value"] = each["rows"][0]["time_of_processing"] = None
    assert one == other


def test_a_result_survives_the_json_round_trip(study: Study):
    result = result_of(study, block((1, 1, 1), 2, 2, 2))
    text = json.dumps(result.model_dump(mode="json"), allow_nan=False)
    assert Result.model_validate_json(text).model_dump(mode="json") == json.loads(text)


def test_tags_are_numbers_and_defined_terms_without_free_text(study: Study):
    header = Dataset()
    header.Modality = "CT"
    header.ImageType = ["ORIGINAL", CANARY]
    header.PixelSpacing = ["0.5", "0.75"]
    header.Rows = 9
    header.BurnedInAnnotation = CANARY
    header.PatientName = header.SeriesDescription = header.InstitutionName = CANARY
    named = replace(study, series=replace(study.series, headers=[header]))
    result = result_of(named)
    assert result.provenance.tags_used == {
        "Rows": [9],
        "PixelSpacing": [0.5, 0.75],
        "Modality": ["CT"],
        "ImageType": ["ORIGINAL"],
    }
    assert CANARY not in result.model_dump_json()
