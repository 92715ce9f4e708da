"""The statistics of `make evaluate`."""

import numpy as np
import pytest

from testkit.images.phantom import Nodule, chest_phantom
from tools.evaluation.curves import agreement, free_response
from tools.evaluation.intervals import share_with_interval, wilson
from tools.evaluation.real_scans import Irrelevant, ReadNodule, Truth, findings_of, judge
from tools.evaluation.small_nodules import SmallNodule, SmallOutcome, small_nodule_section


def test_the_interval_of_a_share_is_that_of_wilson() -> None:
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    assert wilson(0, 5)[0] == 0
    assert wilson(5, 5)[1] == 1
    assert share_with_interval(0, 0) == ""


def test_sensitivity_and_false_findings_rise_as_the_cut_falls() -> None:
    false, sensitivity = free_response(found=[0.9, 0.5], count=4, false=[0.7, 0.3], scans=2)
    assert list(false) == [0, 0, 0.5, 0.5, 1]
    assert list(sensitivity) == [0, 0.25, 0.25, 0.5, 0.5]


def test_agreement_is_the_difference_in_per_cent_of_the_mean() -> None:
    mean, difference = agreement([(90, 110), (120, 80)])
    np.testing.assert_allclose(mean, [100, 100])
    np.testing.assert_allclose(difference, [-20, 40])


def test_small_nodules_are_counted_by_their_size_and_by_the_slices_of_their_scan() -> None:
    fine = SmallOutcome([SmallNodule(3.5, 2.5, None), SmallNodule(4.25, 2.5, -10), SmallNodule(5.75, 2.5, 20)], new=1)
    coarse = SmallOutcome([SmallNodule(4.25, 3.0, None)], new=0)
    section = small_nodule_section([fine, coarse])
    assert "| 3-4 mm | 0 / 1 | 0 / 0 | 0 / 1 (" in section
    assert "| 4-5 mm | 1 / 1 | 0 / 1 | 1 / 2 (" in section
    assert "| 3-6 mm | 2 / 3 | 0 / 1 | 2 / 4 (" in section
    assert "1 findings beside them in 2 scans" in section


def test_a_finding_hits_within_the_radius_and_marks_that_are_irrelevant_count_neither_way() -> None:
    places = [(64.0, 20.0, 2.0), (-64.0, -25.0, -10.0), (-64.0, 30.0, 20.0)]
    nodules = [Nodule(12, centre_mm=place) for place in places]
    volume = chest_phantom(4, shape=(64, 160, 160), spacing=(2, 2, 2), nodules=nodules, vessels=0).volume
    marks = [
        ReadNodule(lps_mm=places[0], diameter_mm=12, volume_mm3=905, positive=True),
        ReadNodule(lps_mm=(64, -40, 2), diameter_mm=12, volume_mm3=905, positive=True),
    ]
    irrelevant = [Irrelevant(lps_mm=places[1], diameter_mm=10)]
    truth = Truth(name="chest", kind="made", exhaustive=True, nodules=marks, irrelevant=irrelevant)
    outcome = judge(truth, findings_of(volume))
    assert [hit is not None for hit in outcome.hits] == [True, False]
    assert (outcome.irrelevant, len(outcome.other)) == (1, 1)
