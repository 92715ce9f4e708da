"""Every read model that can be rebuilt."""

from california_gold_contracts import topics
from chassis.projections.read_model import ReadModel, projected
from identity.application.directory import DirectoryProjection
from jobs_query.projections.job import JobProjection
from jobs_query.projections.job_files import JobFilesProjection
from storage.application.files_projection import FILES, files_projector

_JOBS = f"relay:{topics.JOBS.name}"

READ_MODELS = {
    read_model.name: read_model
    for read_model in (
        ReadModel(JobProjection.collection, ["job"], projected(JobProjection()), _JOBS, topics.JOBS),
        ReadModel(JobFilesProjection.collection, ["job"], projected(JobFilesProjection()), _JOBS, topics.JOBS),
        ReadModel(DirectoryProjection.collection, ["user"], projected(DirectoryProjection()), "catch-up:identity"),
        ReadModel(FILES, ["file"], files_projector, f"relay:{topics.FILES.name}", topics.FILES),
    )
}
