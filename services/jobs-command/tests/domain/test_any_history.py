"""Invariants of jobs: they hold after any sequence of commands (Hypothesis)."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from california_gold_contracts.analysis import AnalysisCompleted, AnalysisFailed, AnalysisProgressed, AnalysisStarted
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobStatus
from chassis.commands.errors import DomainError
from jobs_command.domain.commands import (
    AttachInput,
    ChangeJob,
    Command,
    DeleteJob,
    DeleteWithOwner,
    SubmitJob,
)
from jobs_command.domain.job import JOB, Job
from testkit.job_events import JOB_ID, SCAN

job_ids = st.just(JOB_ID)
texts = st.sampled_from(["", "CT", "MR"]) | st.none()
users = st.sampled_from([1, 1, 1, 2])
attempts, stages = st.integers(1, 4), st.sampled_from(["fetch", "decode", "detect"])
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(SubmitJob, job_ids, st.just(7), st.just(1), texts, texts, st.sampled_from([SCAN, None])),
    st.builds(ChangeJob, users, texts, texts, st.sampled_from(JobStatus) | st.none()),
    st.builds(AttachInput, users, st.just(SCAN)),
    st.builds(AnalysisStarted, job_id=job_ids, attempt=attempts, analyzer=st.just("analyzer/1")),
    st.builds(AnalysisProgressed, job_id=job_ids, attempt=attempts, progress=st.integers(0, 100), stage=stages),
    st.builds(AnalysisCompleted, job_id=job_ids, attempt=attempts, results=st.just({}), artifacts=st.just(())),
    st.builds(
        AnalysisFailed,
        job_id=job_ids,
        attempt=attempts,
        reason=st.just("INTERNAL"),
        message=st.just("Ошибка"),
        retryable=st.booleans(),
    ),
)
RANKS = {JobStatus.QUEUED: 0, JobStatus.PROCESSING: 1}
ENDED = 2


class AnyHistory(RuleBasedStateMachine):
    """Sends commands to a job, and checks each event that they lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[Event] = []
        self.job: Job | None = None

    @rule(command=commands)
    def send(self, command: Command) -> None:
        before = self.job
        for event in self._decide(command):
            self._apply(event)
        if before is not None and before.deleted:
            assert self.job == before

    @rule(command=st.builds(DeleteJob, users) | st.builds(DeleteWithOwner, users))
    def delete(self, command: Command) -> None:
        for event in self._decide(command):
            self._apply(event)

    @rule(command=commands)
    def send_twice(self, command: Command) -> None:
        self.send(command)
        assert not self._decide(command)

    @invariant()
    def a_replay_leads_to_the_same_state(self) -> None:
        assert JOB.fold(self.history) == self.job

    @invariant()
    def only_an_ended_attempt_has_a_result_or_a_failure(self) -> None:
        if self.job and (self.job.results is not None or self.job.failure):
            assert self.job.status.ended

    @invariant()
    def a_titled_job_keeps_a_title(self) -> None:
        if self.job and self.job.input:
            assert self.job.title

    def _decide(self, command: Command) -> list[Event]:
        try:
            return list(JOB.decide(self.job, command))
        except DomainError:
            return []

    def _apply(self, event: Event) -> None:
        before, self.job = self.job, JOB.evolve(self.job, event)
        self.history.append(event)
        if before is not None and self.job is not None:
            self._check(before, self.job)

    def _check(self, before: Job, after: Job) -> None:
        assert after.attempt - before.attempt in {0, 1}
        if after.attempt == before.attempt:
            assert RANKS.get(after.status, ENDED) >= RANKS.get(before.status, ENDED)
            assert after.progress >= before.progress
            assert not before.status.ended or after.status == before.status
        else:
            assert before.status.ended
            assert (after.status, after.progress) == (JobStatus.QUEUED, 0)


AnyHistory.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestAnyHistory = AnyHistory.TestCase
