"""The audited type `job`."""

from california_gold_contracts.catalog import JOBS
from chassis.audit.audited_type import AuditedType, folded
from jobs_command import messages
from jobs_command.domain.job import JOB

AUDITED = AuditedType("job", "job", JOBS, folded(JOB), messages.JOB_NOT_FOUND, numbers="jobnumber")
