import pytest
from pydicom import Dataset

from analyzer.references.lesion_rule import is_lesion_segment, is_lesion_structure

Code = tuple[str, str, str]

ABNORMAL: Code = ("SCT", "49755003", "Morphologically Abnormal Structure")
ABNORMAL_OLD: Code = ("SRT", "M-01000", "Morphologically Altered Structure")
ANATOMY: Code = ("SCT", "123037004", "Anatomical Structure")
TISSUE: Code = ("SRT", "T-D0050", "Tissue")
LIVER: Code = ("SRT", "T-62000", "Liver")


def item(code: Code) -> Dataset:
    dataset = Dataset()
    dataset.CodingSchemeDesignator, dataset.CodeValue, dataset.CodeMeaning = code
    return dataset


def segment(category: Code, property_type: Code, label: str = "") -> Dataset:
    dataset = Dataset()
    dataset.SegmentedPropertyCategoryCodeSequence = [item(category)]
    dataset.SegmentedPropertyTypeCodeSequence = [item(property_type)]
    dataset.SegmentLabel = label
    return dataset


@pytest.mark.parametrize(
    "lesion",
    [
        segment(ABNORMAL, ("SCT", "4147007", "Mass")),
        segment(ABNORMAL_OLD, ("SRT", "M-01000", "something")),
        segment(TISSUE, ("SCT", "108369006", "Neoplasm")),
        segment(TISSUE, ("SRT", "M-03010", "Nodule")),
        segment(TISSUE, ("99LOCAL", "1", "Neoplasm, Primary")),
        segment(TISSUE, TISSUE, "Nodule 3"),
        segment(TISSUE, TISSUE, "liver tumour"),
    ],
)
def test_abnormal_structures_neoplasms_and_nodules_are_lesions(lesion: Dataset):
    assert is_lesion_segment(lesion)


@pytest.mark.parametrize(
    "other",
    [
        segment(TISSUE, LIVER, "Liver"),
        segment(ANATOMY, ("SCT", "39607008", "Lung"), "lung with nodule"),
        segment(("99LOCAL", "49755003", "not SNOMED"), LIVER),
        Dataset(),
    ],
)
def test_organs_are_not_lesions(other: Dataset):
    assert not is_lesion_segment(other)


@pytest.mark.parametrize(
    ("interpreted_type", "name"),
    [("GTV", ""), ("CTV", "Boost"), ("gtv ", "x"), ("", "GTV_Mass_CT"), ("", "Left tumor"), ("ORGAN", "lung nodule")],
)
def test_structures_with_the_type_or_the_name_of_a_tumour_are_lesions(interpreted_type: str, name: str):
    assert is_lesion_structure(interpreted_type, name)


@pytest.mark.parametrize(("interpreted_type", "name"), [("ORGAN", "Liver"), ("PTV", "PTV_60"), ("", ""), ("", "Body")])
def test_other_structures_are_not_lesions(interpreted_type: str, name: str):
    assert not is_lesion_structure(interpreted_type, name)
