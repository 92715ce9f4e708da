"""Reader of NIfTI masks: a binary mask is one lesion."""

import numpy as np

from analyzer.domain.volume import Volume
from analyzer.references.grid_mapping import map_onto
from analyzer.references.plane_stack import PlaneStack, plane_thickness
from analyzer.references.segment import NOT_BINARY, ReferenceIgnored, Segment


def read_mask(mask: Volume, volume: Volume) -> list[Segment]:
    """Map the mask to the grid of the volume; empty when they do not intersect.

    Binary means 0 and one other value. Raises `ReferenceIgnored` for a mask with more values.
    """
    masks = mask.voxels != 0
    used = [np.flatnonzero(masks.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    if not used[0].size:
        return []
    z, y, x = (slice(int(indices[0]), int(indices[-1]) + 1) for indices in used)
    values = mask.voxels[z, y, x][masks[z, y, x]]
    if np.any(values != values[0]):
        raise ReferenceIgnored(NOT_BINARY)
    down = y.start * mask.pixel_spacing[1] * mask.column_direction
    across = x.start * mask.pixel_spacing[0] * mask.row_direction
    stack = PlaneStack(
        masks=masks[z, y, x],
        origins=mask.origins[z] + down + across,
        row_direction=mask.row_direction,
        column_direction=mask.column_direction,
        pixel_spacing=mask.pixel_spacing,
        thickness=plane_thickness(mask.slice_positions, mask.normal, volume, _spacing(mask)),
    )
    box = map_onto(volume, stack)
    return [] if box is None else [Segment(is_lesion=True, offset=box[0], mask=box[1])]


def _spacing(mask: Volume) -> float | None:
    return mask.slice_spacing if len(mask.slice_steps) else None
