"""The read models that can be rebuilt, by name."""

from california_gold_contracts import topics
from chassis.projections.read_model import ReadModel, projector_factory
from identity.application.directory import DirectoryProjection
from jobs_query.projections.job import JobProjection
from jobs_query.projections.job_files import JobFilesProjection
from storage.application.files_projection import FILES, files_projector

_JOBS, _FILES = f"relay:{topics.JOBS.name}", f"relay:{topics.FILES.name}"
_USERS = "catch-up:identity"

_JOB, _JOB_FILES, _USER = JobProjection(), JobFilesProjection(), DirectoryProjection()

READ_MODELS = {
    read_model.name: read_model
    for read_model in (
        ReadModel(_JOB.collection, ["job"], projector_factory(_JOB), _JOBS, topics.JOBS),
        ReadModel(_JOB_FILES.collection, ["job"], projector_factory(_JOB_FILES), _JOBS, topics.JOBS),
        ReadModel(_USER.collection, ["user"], projector_factory(_USER), _USERS),
        ReadModel(FILES, ["file"], files_projector, _FILES, topics.FILES),
    )
}
