"""The transitions of a read model's versions: build, promote, roll back, drop. Each is a pure function."""

from collections.abc import Iterable

from chassis.projections.versions import ReadModelState


class RebuildRefused(Exception):
    """The current state does not allow the transition; the message says why, and what to do."""


def start_building(state: ReadModelState) -> ReadModelState:
    """Start a new version, or resume the one that is building; a failed one is dropped and replaced."""
    if state.previous is not None:
        raise RebuildRefused(f"version {state.previous} is still kept: drop it first, or roll back to it")
    if state.building is not None and state.building not in state.failed:
        return state
    number = state.newest + 1
    dropping = state.dropping | _number_set(state.building)
    return state.model_copy(update={"building": number, "newest": number, "dropping": dropping})


def promote(state: ReadModelState) -> ReadModelState:
    """Make the building version live; the one that was live becomes the previous one and is kept up to date."""
    if state.building is None:
        raise RebuildRefused("no version is building any more: it was abandoned")
    if state.building in state.failed:
        raise RebuildRefused(f"version {state.building} failed and missed an event, see the log; run the rebuild again")
    return state.model_copy(update={"live": state.building, "building": None, "previous": state.live})


def roll_back(state: ReadModelState) -> ReadModelState:
    """Make the previous version live again; the one that was live is kept as the previous one."""
    if state.previous is None:
        raise RebuildRefused("there is no version to roll back to")
    if state.previous in state.failed:
        raise RebuildRefused(f"version {state.previous} failed and missed an event after the switch, see the log")
    return state.model_copy(update={"live": state.previous, "previous": state.live})


def drop_previous(state: ReadModelState) -> ReadModelState:
    """Schedule the previous version for deletion."""
    if state.previous is None and not state.dropping:
        raise RebuildRefused("there is no version to drop")
    return state.model_copy(update={"previous": None, "dropping": state.dropping | _number_set(state.previous)})


def abandon_building(state: ReadModelState) -> ReadModelState:
    """Schedule the building version for deletion."""
    if state.building is None and not state.dropping:
        raise RebuildRefused("no version is building")
    return state.model_copy(update={"building": None, "dropping": state.dropping | _number_set(state.building)})


def forget_dropped(state: ReadModelState, numbers: Iterable[int]) -> ReadModelState:
    """Remove versions whose documents are deleted from the state."""
    deleted = frozenset(numbers)
    return state.model_copy(update={"dropping": state.dropping - deleted, "failed": state.failed - deleted})


def _number_set(number: int | None) -> frozenset[int]:
    return frozenset() if number is None else frozenset({number})
