"""Throttling of progress events."""

MIN_INTERVAL_SECONDS = 1.0


class ProgressThrottle:
    """Passes a step when the whole percentage has risen and, within a stage, a second has elapsed."""

    def __init__(self) -> None:
        self._stage = ""
        self._progress = -1
        self._passed_at = float("-inf")

    def allows(self, stage: str, progress: int, now: float) -> bool:
        """Return whether to publish this step at `now`, seconds of a monotonic clock."""
        if progress <= self._progress:
            return False
        if stage == self._stage and now - self._passed_at < MIN_INTERVAL_SECONDS:
            return False
        self._stage, self._progress, self._passed_at = stage, progress, now
        return True
