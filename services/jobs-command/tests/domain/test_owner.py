from uuid import UUID

import pytest

from california_gold_contracts.jobs import (
    JobCancelled,
    JobDeleted,
    JobDescribed,
    JobInput,
    JobInputAttached,
    JobRequeued,
    JobStatus,
)
from jobs_command.domain.commands import AttachInput, ChangeJob, Command, DeleteJob, DeleteWithOwner
from jobs_command.domain.errors import InputRefused, JobNotFound, TooManyChanges
from jobs_command.domain.job import MAX_CHANGES, Job
from testkit.scenario import Scenario

JobScenario = Scenario[Job | None, Command]
OTHER_USER = 2


def test_a_given_text_replaces_the_present_one(queued: JobScenario, job_id: UUID) -> None:
    queued.when(ChangeJob(1, description="abdomen")).then(
        JobDescribed(job_id=job_id, title="CT", description="abdomen")
    )


def test_a_removed_title_is_replaced_by_the_file_name(queued: JobScenario, job_id: UUID) -> None:
    queued.when(ChangeJob(1, title=None, description=None)).then(
        JobDescribed(job_id=job_id, title="scan.zip", description=None)
    )


def test_the_same_texts_change_nothing(queued: JobScenario) -> None:
    queued.when(ChangeJob(1, title="CT", description="chest")).then_nothing()


def test_a_job_has_a_limited_number_of_changes(queued: JobScenario, completed: JobScenario, job_id: UUID) -> None:
    described = [JobDescribed(job_id=job_id, title=str(number), description=None) for number in range(MAX_CHANGES)]
    last = queued.given(*described[1:])
    last.when(ChangeJob(1, title="last", description=None)).then(
        JobDescribed(job_id=job_id, title="last", description=None)
    )
    for command in (ChangeJob(1, title="once more"), ChangeJob(1, status=JobStatus.PROCESSING)):
        queued.given(*described).when(command).then_refused(TooManyChanges)
    completed.given(*described).when(ChangeJob(1, status=JobStatus.QUEUED)).then_refused(TooManyChanges)


def test_a_requeued_job_keeps_the_count_of_its_changes(completed: JobScenario, job_id: UUID) -> None:
    requeued = completed.given(JobRequeued(job_id=job_id, attempt=2))
    assert requeued.state is not None
    assert requeued.state.changes == 1


def test_a_job_with_too_many_changes_can_be_cancelled_deleted_and_left_as_it_is(
    processing: JobScenario, job_id: UUID
) -> None:
    described = [JobDescribed(job_id=job_id, title=str(number), description=None) for number in range(MAX_CHANGES)]
    full = processing.given(*described)
    full.when(ChangeJob(1, title=described[-1].title)).then_nothing()
    full.when(ChangeJob(1, status=JobStatus.CANCELLED)).then(JobCancelled(job_id=job_id, attempt=1))
    full.when(DeleteJob(1)).then(JobDeleted(job_id=job_id))


def test_a_job_without_a_title_is_named_after_the_attached_file(
    waiting_for_a_file: JobScenario, job_id: UUID, scan: JobInput
) -> None:
    waiting_for_a_file.when(AttachInput(1, scan)).then(
        JobInputAttached(job_id=job_id, attempt=1, input=scan),
        JobDescribed(job_id=job_id, title="scan.zip", description=None),
    )


def test_an_attached_file_does_not_change_a_title(
    waiting_for_a_file: JobScenario, job_id: UUID, scan: JobInput
) -> None:
    titled = waiting_for_a_file.given(JobDescribed(job_id=job_id, title="CT", description=None))
    titled.when(AttachInput(1, scan)).then(JobInputAttached(job_id=job_id, attempt=1, input=scan))


def test_a_file_cannot_be_replaced(queued: JobScenario, scan: JobInput) -> None:
    queued.when(AttachInput(1, scan)).then_refused(InputRefused)


def test_a_file_cannot_be_attached_to_an_ended_job(waiting_for_a_file: JobScenario, scan: JobInput) -> None:
    ended = waiting_for_a_file.when(ChangeJob(1, status=JobStatus.CANCELLED))
    waiting_for_a_file.given(*ended.scenario.decider.decide(waiting_for_a_file.state, ended.command)).when(
        AttachInput(1, scan)
    ).then_refused(InputRefused)


def test_a_deleted_job_refers_to_no_object(completed: JobScenario, job_id: UUID) -> None:
    before = completed.state
    after = completed.when(DeleteJob(1)).then(JobDeleted(job_id=job_id)).state
    assert before is not None
    assert after is not None
    assert (len(before.object_keys), len(after.object_keys)) == (2, 0)


@pytest.mark.parametrize("command", [ChangeJob(1, title="x"), DeleteJob(1)])
def test_a_deleted_job_is_not_found(deleted: JobScenario, command: Command) -> None:
    deleted.when(command).then_refused(JobNotFound)


@pytest.mark.parametrize("command", [ChangeJob(OTHER_USER, title="x"), DeleteJob(OTHER_USER)])
def test_another_users_job_is_not_found(queued: JobScenario, command: Command) -> None:
    queued.when(command).then_refused(JobNotFound)


def test_another_user_cannot_attach_a_file(waiting_for_a_file: JobScenario, scan: JobInput) -> None:
    waiting_for_a_file.when(AttachInput(OTHER_USER, scan)).then_refused(JobNotFound)


def test_a_job_that_was_never_submitted_is_not_found(no_job: JobScenario) -> None:
    no_job.when(DeleteJob(1)).then_refused(JobNotFound)


def test_a_job_is_deleted_with_its_owner_once(queued: JobScenario, deleted: JobScenario, no_job: JobScenario) -> None:
    state = queued.state
    assert state is not None
    queued.when(DeleteWithOwner(1)).then(JobDeleted(job_id=state.id))
    deleted.when(DeleteWithOwner(1)).then_nothing()
    no_job.when(DeleteWithOwner(1)).then_nothing()


def test_a_job_is_not_deleted_with_another_user(queued: JobScenario) -> None:
    queued.when(DeleteWithOwner(OTHER_USER)).then_nothing()
