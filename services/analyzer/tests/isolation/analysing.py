"""One analysis by a template of its own."""

from collections.abc import Sequence

from analyzer.isolation.artifacts import AnalysisOutcome
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import OnProgress, run_isolated
from analyzer.isolation.template_process import TemplateProcess


async def ignore(_stage: str, _progress: int) -> None:
    """Discard the progress."""


async def analysed(
    request: AnalysisRequest,
    program: Sequence[str],
    limits: ChildLimits | None = None,
    on_progress: OnProgress = ignore,
) -> AnalysisOutcome:
    """Run an analysis whose template is this program."""
    async with TemplateProcess(program) as template:
        return await run_isolated(request, limits or ChildLimits(), on_progress, template)
