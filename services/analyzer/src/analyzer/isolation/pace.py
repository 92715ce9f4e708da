"""How often progress is told."""

LEAST_SECONDS = 1.0


class Pace:
    """Lets a step through when the whole per cent has risen and, within a stage, a second has passed."""

    def __init__(self) -> None:
        self._stage = ""
        self._progress = -1
        self._at = float("-inf")

    def lets_through(self, stage: str, progress: int, now: float) -> bool:
        """Return whether to tell this step at `now`, seconds of any steady clock."""
        if progress <= self._progress:
            return False
        if stage == self._stage and now - self._at < LEAST_SECONDS:
            return False
        self._stage, self._progress, self._at = stage, progress, now
        return True
