"""The audited type `file`."""

from california_gold_contracts.catalog import FILES
from chassis.audit.audited_type import AuditedType, fold_to_json
from storage import messages
from storage.domain.file import FILE

AUDITED = AuditedType("file", "file", FILES, fold_to_json(FILE), messages.FILE_NOT_FOUND)
