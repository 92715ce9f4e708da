"""A canary string in every identifying attribute of a DICOM file."""

from pydicom import Dataset, config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement

IDENTIFYING = (
    "PatientName",
    "PatientID",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
    "PatientAddress",
    "PatientComments",
    "PatientTelephoneNumbers",
    "AccessionNumber",
    "StudyID",
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "RequestedProcedureDescription",
    "InstitutionName",
    "InstitutionAddress",
    "InstitutionalDepartmentName",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "PhysiciansOfRecord",
    "OperatorsName",
    "StationName",
    "DeviceSerialNumber",
    "ImageComments",
    "AdditionalPatientHistory",
    "IssuerOfPatientID",
)
PRIVATE_GROUPS = (0x0009, 0x0011, 0x0029)
MAX_LENGTH = 16


def with_canary(dataset: Dataset, canary: str) -> Dataset:
    """Set the canary (at most 16 characters) in every identifying and private element; return the dataset."""
    if len(canary) > MAX_LENGTH:
        raise ValueError("a canary has at most 16 characters")
    for keyword in IDENTIFYING:
        tag = tag_for_keyword(keyword)
        assert tag is not None
        dataset.add(DataElement(tag, dictionary_VR(tag), canary, validation_mode=config.IGNORE))
    for group in PRIVATE_GROUPS:
        block = dataset.private_block(group, canary, create=True)
        block.add_new(0x01, "LO", canary)
        block.add_new(0x02, "OB", canary.encode().ljust(MAX_LENGTH))
    return dataset
