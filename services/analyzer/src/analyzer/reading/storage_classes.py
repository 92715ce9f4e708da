"""DICOM storage SOP classes: images that can be analysed, segmentations, and others."""

from pydicom import uid

from analyzer.reading.ignored_files import FileIgnored, Reason

IMAGES = {
    uid.CTImageStorage: "CT",
    uid.EnhancedCTImageStorage: "CT",
    uid.LegacyConvertedEnhancedCTImageStorage: "CT",
    uid.MRImageStorage: "MR",
    uid.EnhancedMRImageStorage: "MR",
    uid.LegacyConvertedEnhancedMRImageStorage: "MR",
    uid.PositronEmissionTomographyImageStorage: "PT",
    uid.EnhancedPETImageStorage: "PT",
    uid.LegacyConvertedEnhancedPETImageStorage: "PT",
}
LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"
SEGMENTATIONS = frozenset({uid.SegmentationStorage, LABEL_MAP, uid.RTStructureSetStorage})
SECONDARY_CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
REPORTS = ("1.2.840.10008.5.1.4.1.1.88.", "1.2.840.10008.5.1.4.1.1.104.")


def ignore_other_objects(sop_class: str) -> None:
    """Raise `FileIgnored` with the reason unless the class is an image, a segmentation or unknown (empty)."""
    if not sop_class or sop_class in IMAGES or sop_class in SEGMENTATIONS:
        return
    if sop_class == uid.MediaStorageDirectoryStorage:
        raise FileIgnored(Reason.DIRECTORY)
    if sop_class.startswith(SECONDARY_CAPTURES):
        raise FileIgnored(Reason.SECONDARY_CAPTURE)
    raise FileIgnored(Reason.REPORT if sop_class.startswith(REPORTS) else Reason.OTHER_OBJECT)
