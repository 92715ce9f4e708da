"""Strategy that measures supplied segmentations, for images to which no detector applies."""

from collections.abc import Sequence

from analyzer import messages
from analyzer.detection.segmenter import Candidate, Progress, Segmentation
from analyzer.domain.result import LESION, STRUCTURE
from analyzer.domain.volume import Volume
from analyzer.references.segment import Segment
from chassis.commands.message import Message


class MeasureOnly:
    """Reports the segments of the references, on the grid of the analysed volume.

    They have no score: nothing was detected.
    """

    name = "measure_only"

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments

    def applies(self, volume: Volume) -> Message | None:
        """Return None when there is a segment, else the reason."""
        return None if self._segments else messages.NO_REFERENCE

    def segment(self, volume: Volume, progress: Progress) -> Segmentation:
        """Return one candidate per segment."""
        candidates = [
            Candidate(segment.offset, segment.mask, "supplied", type=LESION if segment.is_lesion else STRUCTURE)
            for segment in self._segments
        ]
        progress(1.0)
        return Segmentation(self.name, {}, candidates)
