"""Metrics of agreement between the findings and a reference."""

from collections.abc import Sequence

from analyzer.domain.result import Metric
from analyzer.domain.volume import Volume
from analyzer.measurement.lesion_matching import match_lesions
from analyzer.measurement.regions import Region, enclosing_box, slice_counts, union
from analyzer.measurement.surface_distance import hausdorff95_mm


def compare(volume: Volume, found: Sequence[Region], lesions: Sequence[Region]) -> list[Metric]:
    """Compare the union of the findings with the union of the lesions, then match them one by one.

    Overlap and volumes are in mm³, so that slices count by their thickness; for even slices, Dice equals the usual one
    over voxels. Everything is computed in the common bounding box.

    Args:
        volume: the analysed volume.
        found: the detected regions; empty gives a Dice of 0.
        lesions: the lesions of the reference; empty gives no metrics.
    """
    if not lesions:
        return []
    offset, shape = enclosing_box([*found, *lesions])
    ours, theirs = (union(regions, offset, shape) for regions in (found, lesions))
    sizes = volume.voxel_volumes[offset[0] : offset[0] + shape[0]]
    our_mm3, their_mm3, shared_mm3 = (float(slice_counts(mask) @ sizes) for mask in (ours, theirs, ours & theirs))
    counts = match_lesions(found, theirs, offset)
    distance = hausdorff95_mm(ours, theirs, offset, volume)
    return [
        Metric(name="dice_score", value=2 * shared_mm3 / (our_mm3 + their_mm3)),
        *([] if distance is None else [Metric(name="hausdorff95_mm", value=distance, unit="mm")]),
        Metric(name="volume_error_percent", value=100 * (our_mm3 - their_mm3) / their_mm3, unit="%"),
        Metric(name="reference_volume_mm3", value=their_mm3, unit="mm3"),
        Metric(name="lesion_true_positives", value=counts.true_positives),
        Metric(name="lesion_false_positives", value=counts.false_positives),
        Metric(name="lesion_false_negatives", value=counts.false_negatives),
    ]
