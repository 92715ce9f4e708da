"""The audited type `file`."""

from california_gold_contracts.catalog import FILES
from chassis.audit.audited_type import AuditedType, folded
from storage import messages
from storage.domain.file import FILE

AUDITED = AuditedType("file", "file", FILES, folded(FILE), messages.FILE_NOT_FOUND)
