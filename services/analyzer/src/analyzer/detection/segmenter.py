"""Interface of a segmentation strategy. A new one is one module here, and one line in `strategies.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from chassis.commands.message import Message

Progress = Callable[[float], None]
"""Receives the completed share of the strategy's work, 0 to 1, never decreasing."""


@dataclass(frozen=True)
class Candidate:
    """A region that a strategy reports.

    Attributes:
        offset: (slice, row, column) of the mask's first voxel in the volume.
        mask: bool [slice, row, column], a box around the region, perhaps with empty borders.
        source: detected by the strategy, or supplied with the images.
        score: evidence of the strategy, 0 to 1; None for a supplied region.
        stability: Dice between the masks at neighbouring thresholds, 0 to 1; None when not measured.
        type: "lesion", or "structure" for a supplied region that is not a lesion (an organ, a planning volume).
        features: named inputs of the score, for diagnostics.
    """

    offset: tuple[int, int, int]
    mask: NDArray[np.bool_] = field(repr=False)
    source: Literal["detected", "supplied"]
    score: float | None = None
    stability: float | None = None
    type: Literal["lesion", "structure"] = "lesion"
    features: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Segmentation:
    """Candidates of a strategy, with their provenance: `strategy` and its `parameters` (JSON values)."""

    strategy: str
    parameters: Mapping[str, object]
    candidates: Sequence[Candidate]
    model: Mapping[str, object] | None = None


class Segmenter(Protocol):
    """A segmentation strategy."""

    name: str

    def applies(self, volume: Volume) -> Message | None:
        """Return None when the strategy applies to the volume, else the reason why not."""
        ...

    def segment(self, volume: Volume, progress: Progress) -> Segmentation:
        """Segment the volume. Deterministic: the same volume gives the same bytes. Raises `AnalysisFailed`."""
        ...
