"""`california-gold analyze`: the analyzer without a server, on local files, in a child process as in the service."""

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed
from analyzer.entrypoints.result_table import show
from analyzer.isolation.artifacts import RESULT, AnalysisOutcome
from analyzer.isolation.cage import missing_protections
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess
from chassis.commands.message import Language
from chassis.runtime.inspection import forbid_inspection

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="ZIP of DICOM, DICOM or NIfTI files.", exists=True, dir_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole result as JSON, and nothing else.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Keep the result and its files here; new or empty."),
]
Model = Annotated[
    Path | None,
    typer.Option("--model", metavar="MANIFEST", help="JSON manifest of an ONNX model.", exists=True, dir_okay=False),
]


def analyze(files: Files, as_json: AsJson = False, out: Out = None, model: Model = None) -> None:
    """Find and measure lesions in the images of one study.

    Ends with 0 when there is a result, 1 when the analysis failed (code and reason on stderr), 2 when called wrongly.
    """
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise typer.BadParameter("must be a new or an empty folder", param_hint="--out")
    if missing := missing_protections():
        lacking = " and no ".join(missing)
        typer.echo(f"warning: this kernel has no {lacking} to confine what reads the files", err=True)
    forbid_inspection()
    with TemporaryDirectory(prefix="california-gold-") as work:
        request = AnalysisRequest(
            files=tuple(path.resolve() for path in files),
            work_folder=Path(work),
            configuration=AnalysisConfiguration(model_manifest=model and model.resolve()),
        )
        try:
            outcome = asyncio.run(_run(request))
            if out is not None:
                _save(outcome, out)
        except AnalysisFailed as failure:
            typer.echo(f"{failure.code}: {failure.message.text(Language.ENGLISH)}", err=True)
            raise typer.Exit(1) from None
    if as_json:
        typer.echo(outcome.result.model_dump_json(indent=2))
    else:
        show(outcome.result, Console())


async def _run(request: AnalysisRequest) -> AnalysisOutcome:
    columns = (TextColumn("{task.description:8}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("fetch", total=100)

        async def advance(stage: str, percent: int) -> None:
            bar.update(task, description=stage, completed=percent)

        async with TemplateProcess() as template:
            return await run_isolated(request, ChildLimits(), advance, template)


def _save(outcome: AnalysisOutcome, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULT).write_text(outcome.result.model_dump_json(), encoding="utf-8")
    for artifact in outcome.artifacts:
        with artifact.open() as source, (folder / artifact.name).open("wb") as target:
            shutil.copyfileobj(source, target)
