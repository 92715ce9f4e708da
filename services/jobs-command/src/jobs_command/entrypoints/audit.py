"""What an audit of jobs has to know."""

from california_gold_contracts.catalog import JOBS
from chassis.audit.audited_type import AuditedType, fold_to_json
from jobs_command.domain.errors import JobNotFound
from jobs_command.domain.job import JOB

AUDITED = AuditedType("job", "job", JOBS, fold_to_json(JOB), JobNotFound().message, number_sequence="jobnumber")
