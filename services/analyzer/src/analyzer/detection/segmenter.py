"""What a segmentation strategy is. A new one is one file beside this one, and one line in `strategies.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume

Progress = Callable[[float], None]
"""Told the share of the strategy's work that is done, 0 to 1, never falling."""


@dataclass(frozen=True)
class Candidate:
    """One region that a strategy reports.

    Attributes:
        offset: (slice, row, column) of the mask's first voxel in the volume.
        mask: bool [slice, row, column], the region's bounding box; no empty border is promised.
        source: found by a strategy, or supplied with the images.
        score: evidence of the strategy, 0 to 1; None when it has none (supplied).
        stability: Dice between the masks at neighbouring thresholds, 0 to 1; None when not measured.
        kind: "lesion", or "structure" for a supplied region that is none (an organ, a planning volume).
        features: named numbers the score was made of, for whoever asks why.
    """

    offset: tuple[int, int, int]
    mask: NDArray[np.bool_] = field(repr=False)
    source: Literal["detected", "supplied"]
    score: float | None = None
    stability: float | None = None
    kind: Literal["lesion", "structure"] = "lesion"
    features: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Segmentation:
    """What a strategy found, with what is needed to trace it: `strategy` and its `parameters` (JSON values)."""

    strategy: str
    parameters: Mapping[str, object]
    candidates: Sequence[Candidate]
    model: Mapping[str, object] | None = None


class Segmenter(Protocol):
    """A way of finding regions in a volume."""

    name: str

    def applies(self, volume: Volume) -> str | None:
        """Return None when this strategy can judge the volume, else one Russian sentence that says why not."""
        ...

    def segment(self, volume: Volume, progress: Progress) -> Segmentation:
        """Find the regions. Deterministic: the same volume gives the same bytes. Raises `AnalysisFailed`."""
        ...
