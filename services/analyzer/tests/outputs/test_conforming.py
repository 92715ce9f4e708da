import pytest
from pydicom import Dataset

from analyzer.outputs.conforming import conforming
from analyzer.reading.log_suppression import suppressed_library_logs


@pytest.fixture
def header() -> Dataset:
    dataset = Dataset()
    dataset.PatientID, dataset.PatientName, dataset.StudyID = "17", "Phantom^Test", "1"
    dataset.AccessionNumber, dataset.PatientAge = "A-1", "045Y"
    return dataset


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("StudyID", "a study id of 17 c"),
        ("AccessionNumber", "an accession number"),
        ("PatientAge", "45 years"),
        ("PatientSex", "male"),
        ("PatientBirthDate", "1.2.1970"),
        ("OtherPatientIDs", ["one", "x" * 65]),
    ],
)
def test_a_value_that_its_representation_does_not_allow_is_dropped(
    header: Dataset, keyword: str, value: str | list[str]
) -> None:
    with suppressed_library_logs():
        setattr(header, keyword, value)
        assert keyword not in conforming(header)
    assert header[keyword].value == value, "the source is left as it was"


def test_what_assigns_an_output_to_its_patient_is_kept_as_it_is(header: Dataset) -> None:
    with suppressed_library_logs():
        header.PatientID = "1" * 80
        assert conforming(header).PatientID == "1" * 80


def test_allowed_values_are_kept(header: Dataset) -> None:
    assert conforming(header) == header


@pytest.mark.parametrize(("method", "kept"), [("a profile", True), (None, False)])
def test_de_identification_is_stated_only_together_with_its_method(
    header: Dataset, method: str | None, *, kept: bool
) -> None:
    header.PatientIdentityRemoved = "YES"
    if method is not None:
        header.DeidentificationMethod = method
    assert ("PatientIdentityRemoved" in conforming(header)) is kept
