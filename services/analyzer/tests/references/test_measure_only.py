import numpy as np

from analyzer import messages
from analyzer.detection.measure_only import MeasureOnly
from analyzer.domain.study import Series
from analyzer.references.segment import Segment

CUBE = np.ones((2, 2, 2), dtype=np.bool_)


def test_segments_become_candidates_without_a_score(series: Series):
    strategy = MeasureOnly([Segment(is_lesion=True, offset=(1, 1, 1), mask=CUBE)])
    told: list[float] = []
    segmentation = strategy.segment(series.volume, told.append)
    [candidate] = segmentation.candidates
    assert (candidate.source, candidate.score, candidate.stability) == ("supplied", None, None)
    assert candidate.offset == (1, 1, 1)
    assert segmentation.strategy == "measure_only"
    assert told == [1.0]


def test_organs_stay_organs(series: Series):
    segments = [Segment(is_lesion=each, offset=(1, 1, 1), mask=CUBE) for each in (True, False)]
    candidates = MeasureOnly(segments).segment(series.volume, lambda share: None).candidates
    assert [each.kind for each in candidates] == ["lesion", "structure"]


def test_it_applies_only_when_something_was_supplied(series: Series):
    assert MeasureOnly([Segment(is_lesion=False, offset=(1, 1, 1), mask=CUBE)]).applies(series.volume) is None
    assert MeasureOnly([]).applies(series.volume) == messages.NO_REFERENCE
