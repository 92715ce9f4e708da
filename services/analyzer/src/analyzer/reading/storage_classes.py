"""Which DICOM objects are images that can be analysed, and what the others are."""

from pydicom import uid

from analyzer.reading.ignored import Ignored, Reason

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


def refuse_other_objects(sop_class: str) -> None:
    """Raise `Ignored` with the fitting reason unless the class is an image, a segmentation or unknown (empty)."""
    if not sop_class or sop_class in IMAGES or sop_class in SEGMENTATIONS:
        return
    if sop_class == uid.MediaStorageDirectoryStorage:
        raise Ignored(Reason.DIRECTORY)
    if sop_class.startswith(SECONDARY_CAPTURES):
        raise Ignored(Reason.SECONDARY_CAPTURE)
    raise Ignored(Reason.REPORT if sop_class.startswith(REPORTS) else Reason.OTHER_OBJECT)
