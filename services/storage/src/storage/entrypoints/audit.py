"""What an audit of files has to know."""

from california_gold_contracts.catalog import FILES
from chassis.audit.audited_type import AuditedType, fold_to_json
from storage.domain.errors import FileNotFound
from storage.domain.file import FILE

AUDITED = AuditedType("file", "file", FILES, fold_to_json(FILE), FileNotFound().message)
