"""Spans of the stages of an analysis. The service makes them from the child's messages: the child exports nothing."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from analyzer.domain.failures import AnalysisFailed
from analyzer.stages import ENDS
from chassis.ports.tracing import Span, SpanKind, Tracing, UnrecordedSpan

_OF_THE_CHILD = frozenset(ENDS) - {"fetch", "done"}


@dataclass
class StageSpans:
    """The span of the present stage. A stage of the child begins with the last message of the one before."""

    tracing: Tracing
    parent: str
    _stage: str = field(default="", init=False)
    _span: Span = field(default_factory=UnrecordedSpan, init=False)
    _last_message: int = field(default=0, init=False)

    def enter(self, stage: str) -> None:
        """Begin a stage now."""
        self._last_message = time.time_ns()
        self._change(stage)

    def reached(self, stage: str) -> None:
        """Note a message of the child. A name that is none of our stages is ignored: the child has read an upload."""
        if stage != self._stage and stage in _OF_THE_CHILD:
            self._change(stage)
        self._last_message = time.time_ns()

    def end(self, error: str = "") -> None:
        """End the present stage."""
        self._span.end({}, error=error)

    def _change(self, stage: str) -> None:
        self._stage, began = stage, self._last_message
        self._span.end({}, at=began)
        if self.tracing.follows(self.parent):
            attributes = {"california_gold.analysis.stage": stage}
            self._span = self.tracing.tracer.child(
                f"analysis {stage}", SpanKind.INTERNAL, self.parent, attributes, start=began
            )


@contextmanager
def stage_spans(tracing: Tracing, parent: str) -> Generator[StageSpans]:
    """Trace the stages of a block; the one at which it fails has the code of the failure."""
    stages, error = StageSpans(tracing, parent), ""
    try:
        yield stages
    except Exception as problem:
        error = problem.code if isinstance(problem, AnalysisFailed) else type(problem).__name__
        raise
    finally:
        stages.end(error)
