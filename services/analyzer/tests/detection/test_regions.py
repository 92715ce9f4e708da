"""Statistics of a region."""

import numpy as np
import pytest

from analyzer.detection.lung_blob.regions import percentile


@pytest.mark.parametrize("percent", [0, 25, 85, 100])
def test_a_percentile_is_that_of_numpy(percent: float) -> None:
    random = np.random.default_rng(6)
    for count in (*range(1, 60), 1000, 1714):
        values = (random.random(count) * 1200 - 1000).astype(np.float32)
        assert percentile(values, percent) == float(np.percentile(values, percent))
