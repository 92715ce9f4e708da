"""What the stream of a job adds to its owner's usage."""

from dataclasses import replace

from california_gold_contracts import jobs
from california_gold_contracts.event import Event
from chassis.quotas.usage import CountedStream, Usage


def counted(before: CountedStream | None, event: Event) -> CountedStream | None:
    """Return what the stream adds after an event; None for an event that does not matter."""
    if isinstance(event, jobs.JobSubmitted):
        return CountedStream(event.owner_id, _with_input(Usage(jobs_waiting=1), event.input))
    usage = _usage_after(before.usage, event) if before else None
    return replace(before, usage=usage) if before and usage is not None else None


def _usage_after(usage: Usage, event: Event) -> Usage | None:
    match event:
        case jobs.JobInputAttached(input=job_input):
            return _with_input(usage, job_input)
        case jobs.JobRequeued():
            return replace(usage, jobs_waiting=1)
        case jobs.AnalysisCompleted() | jobs.AnalysisFailed() | jobs.JobCancelled():
            return replace(usage, jobs_waiting=0)
        case jobs.JobStatusSet(status=status):
            return replace(usage, jobs_waiting=0 if status.ended else 1)
        case jobs.JobDeleted():
            return Usage()
        case _:
            return None


def _with_input(usage: Usage, job_input: jobs.JobInput | None) -> Usage:
    return usage + Usage(bytes=job_input.size, files=1) if job_input else usage
