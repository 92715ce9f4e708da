import numpy as np

from analyzer import messages
from analyzer.detection.measure_only import MeasureOnly
from analyzer.domain.study import Series
from analyzer.references.segment import Segment

CUBE = np.ones((2, 2, 2), dtype=np.bool_)


def test_segments_become_candidates_without_a_score(series: Series):
    strategy = MeasureOnly([Segment(is_lesion=True, offset=(1, 1, 1), mask=CUBE)])
    shares: list[float] = []
    segmentation = strategy.segment(series.volume, shares.append)
    [candidate] = segmentation.candidates
    assert (candidate.source, candidate.score, candidate.stability) == ("supplied", None, None)
    assert candidate.offset == (1, 1, 1)
    assert segmentation.strategy == "measure_only"
    assert shares == [1.0]


def test_supplied_organs_are_structures(series: Series):
    segments = [Segment(is_lesion=each, offset=(1, 1, 1), mask=CUBE) for each in (True, False)]
    candidates = MeasureOnly(segments).segment(series.volume, lambda share: None).candidates
    assert [each.type for each in candidates] == ["lesion", "structure"]


def test_measure_only_applies_only_with_a_reference(series: Series):
    assert MeasureOnly([Segment(is_lesion=False, offset=(1, 1, 1), mask=CUBE)]).applies(series.volume) is None
    assert MeasureOnly([]).applies(series.volume) == messages.NO_REFERENCE
