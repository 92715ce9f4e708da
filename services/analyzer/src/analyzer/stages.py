"""Progress of an analysis: one percentage that never decreases."""

from collections.abc import Callable

Report = Callable[[str, int], None]
"""Receives the stage and the percentage of the whole analysis, each percentage at most once."""

ENDS = {"fetch": 5, "verify": 10, "index": 20, "decode": 40, "detect": 80, "measure": 90, "write": 95, "done": 100}
"""Stage -> percentage of the whole analysis at its end, in order."""

STARTS = dict(zip(ENDS, [0, *ENDS.values()], strict=False))


class Stages:
    """Converts the completed share of a stage to a percentage of the whole analysis."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._reported = ENDS["fetch"]

    def __call__(self, stage: str, share: float) -> None:
        """Report that `share` (0 to 1) of a stage is done, if that raises the percentage."""
        start, end = STARTS[stage], ENDS[stage]
        percent = int(start + (end - start) * min(max(share, 0.0), 1.0))
        if percent > self._reported:
            self._reported = percent
            self._report(stage, percent)
