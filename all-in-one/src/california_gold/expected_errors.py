"""Errors of commands that a user can fix; their messages are in English."""

from california_gold.operations.data_folder import DataFolderInUse
from chassis.commands.errors import DomainError
from chassis.composition.server import AddressUnavailable
from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.settings import InvalidSettings

EXPECTED_ERRORS = (DomainError, InvalidSettings, DataFolderInUse, AddressUnavailable, StoreUnavailable)
