"""How far an analysis has come, as one number that only rises."""

from collections.abc import Callable

Report = Callable[[str, int], None]
"""Told a stage and the per cent of the whole, each per cent at most once."""

ENDS = {"fetch": 5, "verify": 10, "index": 20, "decode": 40, "detect": 80, "measure": 90, "write": 95, "done": 100}
"""Stage -> per cent of the whole when it is done, in order."""

STARTS = dict(zip(ENDS, [0, *ENDS.values()], strict=False))


class Stages:
    """Turns shares of a stage into whole per cents of everything."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told = ENDS["fetch"]

    def __call__(self, stage: str, share: float) -> None:
        """Tell that `share` (0 to 1) of a stage is done, unless as much has been told."""
        start, end = STARTS[stage], ENDS[stage]
        percent = int(start + (end - start) * min(max(share, 0.0), 1.0))
        if percent > self._told:
            self._told = percent
            self._report(stage, percent)
