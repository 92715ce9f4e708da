"""The audited type `job`."""

from california_gold_contracts.catalog import JOBS
from chassis.audit.audited_type import AuditedType, fold_to_json
from jobs_command import messages
from jobs_command.domain.job import JOB

AUDITED = AuditedType("job", "job", JOBS, fold_to_json(JOB), messages.JOB_NOT_FOUND, number_sequence="jobnumber")
