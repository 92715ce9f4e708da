"""What an audit of jobs has to know."""

from california_gold_contracts.catalog import JOBS
from chassis.audit.audited_type import AuditedType, folded
from jobs_command.domain.errors import JobNotFound
from jobs_command.domain.job import JOB

AUDITED = AuditedType("job", "job", JOBS, folded(JOB), JobNotFound().message, numbers="jobnumber")
