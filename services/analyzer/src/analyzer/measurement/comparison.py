"""How well what was found agrees with a reference."""

from collections.abc import Sequence

from analyzer.domain.result import Metric
from analyzer.domain.volume import Volume
from analyzer.measurement.lesion_matching import match_lesions
from analyzer.measurement.regions import Region, enclosing_box, slice_counts, union
from analyzer.measurement.surfaces import hausdorff95_mm


def compare(volume: Volume, found: Sequence[Region], lesions: Sequence[Region]) -> list[Metric]:
    """Compare all findings together with all lesions of the reference together, then one by one.

    Overlap and volumes are in mm³, so that slices count by what they stand for; where slices are even, Dice is the
    usual one over voxels. Everything is computed in the box that holds both.

    Args:
        volume: the analysed one.
        found: detected, not supplied; may be empty, which is a Dice of 0.
        lesions: of the reference; without any there is nothing to compare with, and the answer is empty.
    """
    if not lesions:
        return []
    offset, shape = enclosing_box([*found, *lesions])
    ours, theirs = (union(each, offset, shape) for each in (found, lesions))
    sizes = volume.voxel_volumes[offset[0] : offset[0] + shape[0]]
    our_mm3, their_mm3, shared_mm3 = (float(slice_counts(each) @ sizes) for each in (ours, theirs, ours & theirs))
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
