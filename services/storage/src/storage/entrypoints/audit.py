"""What an audit of files has to know."""

from california_gold_contracts.catalog import FILES
from chassis.audit.kind import Kind, folded
from storage.domain.errors import FileNotFound
from storage.domain.file import FILE

AUDITED = Kind("file", "file", FILES, folded(FILE), FileNotFound().message)
