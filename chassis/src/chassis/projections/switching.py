"""How the generations of a read model may change: from its making over the switch to the end of the old one."""

from collections.abc import Iterable

from chassis.projections.versions import ReadModelState


class RebuildRefused(Exception):
    """It cannot be done as things stand; the message says why, and what to do."""


def begun(now: ReadModelState) -> ReadModelState:
    """Begin a new generation, or go on with the one that was begun; one that is spoiled is begun anew."""
    if now.previous is not None:
        raise RebuildRefused(f"generation {now.previous} is still kept: drop it first, or roll back to it")
    if now.building is not None and now.building not in now.spoiled:
        return now
    spoiled = frozenset[int]() if now.building is None else {now.building}
    number = now.newest + 1
    return now.model_copy(update={"building": number, "newest": number, "dropping": now.dropping | spoiled})


def switched(now: ReadModelState) -> ReadModelState:
    """Let the generation in the making be live; the one before it is kept, and kept up to date."""
    if now.building is None:
        raise RebuildRefused("there is no generation in the making any more: somebody has abandoned it")
    if now.building in now.spoiled:
        raise RebuildRefused(f"generation {now.building} has missed an event, see the log; run it again to begin anew")
    return now.model_copy(update={"live": now.building, "building": None, "previous": now.live})


def rolled_back(now: ReadModelState) -> ReadModelState:
    """Let the previous generation be live again; the one that was is kept."""
    if now.previous is None:
        raise RebuildRefused("there is no generation to go back to")
    if now.previous in now.spoiled:
        raise RebuildRefused(f"generation {now.previous} has missed an event since the switch, see the log")
    return now.model_copy(update={"live": now.previous, "previous": now.live})


def without_previous(now: ReadModelState) -> ReadModelState:
    """Give the previous generation up."""
    if now.previous is None and not now.dropping:
        raise RebuildRefused("there is no generation to drop")
    return now.model_copy(update={"previous": None, "dropping": now.dropping | _one(now.previous)})


def without_building(now: ReadModelState) -> ReadModelState:
    """Give the generation in the making up."""
    if now.building is None and not now.dropping:
        raise RebuildRefused("there is no generation in the making")
    return now.model_copy(update={"building": None, "dropping": now.dropping | _one(now.building)})


def dropped(now: ReadModelState, numbers: Iterable[int]) -> ReadModelState:
    """Forget generations whose documents are deleted."""
    gone = frozenset(numbers)
    return now.model_copy(update={"dropping": now.dropping - gone, "spoiled": now.spoiled - gone})


def _one(number: int | None) -> frozenset[int]:
    return frozenset() if number is None else frozenset({number})
