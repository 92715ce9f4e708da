"""Whatever is asked, in whatever order: the rules that hold for every history."""

from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobInput, JobStatus
from chassis.commands.errors import DomainError
from jobs_command.domain.commands import (
    AttachInput,
    ChangeJob,
    Command,
    DeleteJob,
    DeleteWithOwner,
    NoteCompletion,
    NoteFailure,
    NoteProgress,
    NoteStart,
    SubmitJob,
)
from jobs_command.domain.job import JOB, Job

JOB_ID = UUID(int=1)
SCAN = JobInput(object_key="jobs/1/x/y", name="scan.zip", size=1, sha256="00", content_type="application/zip")

texts = st.sampled_from(["", "CT", "MR"]) | st.none()
users = st.sampled_from([1, 1, 1, 2])
attempts = st.integers(1, 4)
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(SubmitJob, st.just(JOB_ID), st.just(7), st.just(1), texts, texts, st.sampled_from([SCAN, None])),
    st.builds(ChangeJob, users, texts, texts, st.sampled_from(JobStatus) | st.none()),
    st.builds(AttachInput, users, st.just(SCAN)),
    st.builds(NoteStart, attempts, st.just("analyzer/1")),
    st.builds(NoteProgress, attempts, st.integers(0, 100), st.sampled_from(["fetch", "decode", "detect"])),
    st.builds(NoteCompletion, attempts, st.just({"findings": []}), st.just(())),
    st.builds(NoteFailure, attempts, st.just("INTERNAL"), st.just("Ошибка"), st.booleans()),
)
RANK = {JobStatus.QUEUED: 0, JobStatus.PROCESSING: 1}
END = 2


class AnyHistory(RuleBasedStateMachine):
    """Puts commands to a job and watches what becomes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[Event] = []
        self.job: Job | None = None

    @rule(command=commands)
    def ask(self, command: Command) -> None:
        before = self.job
        for event in self._decide(command):
            self._happen(event)
        if before is not None and before.deleted:
            assert self.job == before

    @rule(command=st.builds(DeleteJob, users) | st.builds(DeleteWithOwner))
    def delete(self, command: Command) -> None:
        for event in self._decide(command):
            self._happen(event)

    @rule(command=commands)
    def ask_twice(self, command: Command) -> None:
        self.ask(command)
        assert not self._decide(command)

    @invariant()
    def replaying_leads_to_the_same_job(self) -> None:
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

    def _happen(self, event: Event) -> None:
        before, self.job = self.job, JOB.evolve(self.job, event)
        self.history.append(event)
        if before is not None and self.job is not None:
            self._check(before, self.job)

    def _check(self, before: Job, after: Job) -> None:
        assert after.attempt - before.attempt in {0, 1}
        if after.attempt == before.attempt:
            assert RANK.get(after.status, END) >= RANK.get(before.status, END)
            assert after.progress >= before.progress
            assert not before.status.ended or after.status == before.status
        else:
            assert before.status.ended
            assert (after.status, after.progress) == (JobStatus.QUEUED, 0)


AnyHistory.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestAnyHistory = AnyHistory.TestCase
