"""Runs every case against two servers and shows where the answers differ."""

import asyncio
from collections.abc import Callable, Mapping
from difflib import unified_diff

from tools.eventstoredb import appends, reads
from tools.eventstoredb.cases import CASES, Case
from tools.eventstoredb.raw_calls import RawCalls, raw_calls
from tools.eventstoredb.transcript import Transcript

__all__ = ["appends", "compared", "reads"]


async def compared(uri: str, other: str, show: Callable[[str], None], cases: Mapping[str, Case] = CASES) -> int:
    """Compare two servers; return in how many cases they differ."""
    differing = 0
    async with raw_calls(uri) as calls, raw_calls(other) as other_calls:
        for name, case in cases.items():
            difference = await _difference(case, calls, other_calls)
            differing += bool(difference)
            show(f"{'differs' if difference else 'same':8} {name}")
            for line in difference:
                show(f"         {line}")
    show(f"{len(cases)} cases, {differing} differ (- the given server, + the other one)")
    return differing


async def _difference(case: Case, calls: RawCalls, other_calls: RawCalls) -> list[str]:
    transcripts = Transcript(calls), Transcript(other_calls)
    await asyncio.gather(*(case(transcript) for transcript in transcripts))
    lines = unified_diff(transcripts[0].lines, transcripts[1].lines, lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
