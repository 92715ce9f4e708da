from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset
from scipy.spatial.transform import Rotation

from analyzer.domain.study import ReferenceFile, Series
from analyzer.domain.volume import Volume
from analyzer.references.interpret import interpret
from analyzer.references.segment import NOT_PARALLEL, OUTSIDE, ReferenceIgnored

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
WriteStructures = Callable[..., Dataset]
Painted = Callable[..., Mask]


def rectangle(volume: Volume, k: float, rows: tuple[float, float], columns: tuple[float, float]) -> Floats:
    """Outline of the pixels between these rows and columns of slice k, LPS mm."""
    top, bottom, left, right = rows[0] - 0.5, rows[1] + 0.5, columns[0] - 0.5, columns[1] + 0.5
    corners = [[left, top, k], [right, top, k], [right, bottom, k], [left, bottom, k]]
    return volume.to_patient(np.array(corners))


def filled(*boxes: tuple[int, tuple[int, int], tuple[int, int]]) -> Mask:
    mask = np.zeros((6, 9, 11), dtype=np.bool_)
    for k, rows, columns in boxes:
        mask[k, rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] ^= True
    return mask


BOXES = [(2, (1, 6), (2, 9)), (3, (2, 4), (3, 5)), (3, (6, 7), (8, 9))]


def test_contours_are_filled_on_their_slices(series: Series, write_structures: WriteStructures, painted: Painted):
    contours = [rectangle(series.volume, *box) for box in BOXES]
    [found] = interpret(ReferenceFile(write_structures({"GTV": contours})), series)
    assert np.array_equal(painted(found), filled(*BOXES))


@pytest.mark.parametrize("geometry", ["CLOSED_PLANAR", "CLOSEDPLANAR_XOR"])
def test_a_contour_inside_a_contour_is_a_hole(
    series: Series, write_structures: WriteStructures, painted: Painted, geometry: str
):
    boxes = [(2, (1, 6), (2, 9)), (2, (3, 4), (4, 6))]
    contours = [rectangle(series.volume, *box) for box in boxes]
    [found] = interpret(ReferenceFile(write_structures({"GTV": contours}, geometry=geometry)), series)
    assert np.array_equal(painted(found), filled(*boxes))


def test_contours_are_filled_on_oblique_tilted_and_uneven_slices(
    series: Series, write_structures: WriteStructures, painted: Painted
):
    turned = Rotation.from_euler("xyz", [20, 30, 40], degrees=True).as_matrix()
    heights = np.array([0.0, 2.0, 4.0, 11.0, 13.0, 15.0])
    origins = np.stack([heights * 0, heights * 0.3, heights], axis=1) @ turned
    oblique = replace(series.volume, row_direction=turned[0], column_direction=turned[1], origins=origins)
    contours = [rectangle(oblique, *box) for box in BOXES]
    [found] = interpret(ReferenceFile(write_structures({"GTV": contours})), replace(series, volume=oblique))
    assert np.array_equal(painted(found), filled(*BOXES))


def test_a_slice_without_a_contour_stays_empty(series: Series, write_structures: WriteStructures, painted: Painted):
    boxes = [(1, (1, 6), (2, 9)), (3, (1, 6), (2, 9))]
    contours = [rectangle(series.volume, *box) for box in boxes]
    [found] = interpret(ReferenceFile(write_structures({"GTV": contours})), series)
    assert np.array_equal(painted(found), filled(*boxes))


def test_each_slice_uses_the_nearest_plane_of_more_closely_spaced_contours(
    series: Series, write_structures: WriteStructures, painted: Painted
):
    planes = np.linspace(1.9, 3.1, 7)
    contours = [rectangle(series.volume, k, (1, 6), (2, 5 if abs(k - round(k)) < 0.15 else 9)) for k in planes]
    [found] = interpret(ReferenceFile(write_structures({"GTV": contours})), series)
    assert np.array_equal(painted(found), filled((2, (1, 6), (2, 5)), (3, (1, 6), (2, 5))))


def test_contours_not_parallel_to_the_slices_are_ignored(series: Series, write_structures: WriteStructures):
    leaning = rectangle(series.volume, 2, (1, 6), (2, 9))
    leaning[:2, 2] += 4.0
    with pytest.raises(ReferenceIgnored) as ignored:
        interpret(ReferenceFile(write_structures({"GTV": [leaning]})), series)
    assert ignored.value.warning == NOT_PARALLEL


def test_regions_not_parallel_to_the_slices_do_not_affect_the_others(
    series: Series, write_structures: WriteStructures, painted: Painted
):
    leaning = rectangle(series.volume, 2, (1, 6), (2, 9))
    leaning[:2, 2] += 4.0
    regions = {"marker": [leaning], "GTV": [rectangle(series.volume, *box) for box in BOXES]}
    [found] = interpret(ReferenceFile(write_structures(regions)), series)
    assert found.is_lesion
    assert np.array_equal(painted(found), filled(*BOXES))


@pytest.mark.parametrize("geometry", ["POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"])
def test_contours_without_an_area_are_ignored(series: Series, write_structures: WriteStructures, geometry: str):
    contours = [rectangle(series.volume, 2, (1, 6), (2, 9))]
    with pytest.raises(ReferenceIgnored) as ignored:
        interpret(ReferenceFile(write_structures({"GTV": contours}, geometry=geometry)), series)
    assert ignored.value.warning == OUTSIDE


def test_each_region_is_classified_by_its_own_type_and_name(series: Series, write_structures: WriteStructures):
    contour = [rectangle(series.volume, 2, (1, 6), (2, 9))]
    names = ["Lung_L", "gtv_1", "PTV", "Boost"]
    dataset = write_structures(dict.fromkeys(names, contour), types={"Boost": "CTV", "Lung_L": "ORGAN", "PTV": "PTV"})
    found = interpret(ReferenceFile(dataset), series)
    assert [each.is_lesion for each in found] == [False, True, False, True]
