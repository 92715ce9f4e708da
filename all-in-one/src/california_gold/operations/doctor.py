"""Printing what the checks of the installation found."""

import asyncio
import json
from collections.abc import Mapping

import typer

from california_gold.command_infrastructure import command_settings
from california_gold.doctor.checkup import examine, unreadable
from california_gold.exit_codes import ExitCode
from chassis.ports.inspection import CheckResult, CheckState
from chassis.runtime import logging
from chassis.runtime.settings import InvalidSettings

_CLOSING_SECONDS = 10.0


def examine_installation(*, as_json: bool) -> None:
    """Run the checks and print their results; the exit code tells whether something is wrong."""
    logging.configure("console", "error")
    try:
        asyncio.run(_examine(as_json))
    except InvalidSettings as problem:
        _print(unreadable(problem), as_json)


async def _examine(as_json: bool) -> None:
    try:
        _print(await examine(command_settings()), as_json)
    finally:
        # What took too long is being cancelled, and closes its connections.
        if closing := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(closing, timeout=_CLOSING_SECONDS)


def _print(results: Mapping[str, CheckResult], as_json: bool) -> None:
    is_well = all(result.state is not CheckState.WRONG for result in results.values())
    if as_json:
        checks = [
            {"name": name, "state": result.state, "seen": result.seen, "advice": result.advice}
            for name, result in results.items()
        ]
        typer.echo(json.dumps({"well": is_well, "checks": checks}, indent=2))
    else:
        for name, result in results.items():
            advice = f" → {result.advice}" if result.advice else ""
            typer.echo(f"{name:<13}{result.state:<15} {result.seen}{advice}")
    if not is_well:
        raise typer.Exit(ExitCode.CANNOT)
