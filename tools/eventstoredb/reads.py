"""Cases of reads and subscriptions."""

from tools.eventstoredb import requests
from tools.eventstoredb.cases import case
from tools.eventstoredb.slow_client import read_too_slowly
from tools.eventstoredb.transcript import Transcript


async def filled(to: Transcript, count: int = 5, size: int = 2) -> tuple[str, list[int]]:
    """Append events to a stream; return its name, and the events' positions."""
    stream = to.stream()
    await to.calls.call("BatchAppend", requests.batch(stream, requests.events(count, size), "no_stream"), count=1)
    return stream, (await to.calls.call("Read", requests.read_stream(stream, count=count))).positions


@case
async def a_stream_in_both_directions(to: Transcript) -> None:
    """From its ends and its middle, beyond its end, and a missing one."""
    stream, _ = await filled(to)
    for start in ("start", 2, 4, 5, 9):
        await to.call("Read", requests.read_stream(stream, start, count=3))
    for start in ("end", 2, 9):
        await to.call("Read", requests.read_stream(stream, start, count=3, backwards=True))
    await to.call("Read", requests.read_stream(to.stream("missing")))


@case
async def reads_that_are_not_valid(to: Transcript) -> None:
    """No name, nothing to read, and forwards from the end."""
    stream, _ = await filled(to)
    await to.call("Read", requests.read_stream(""))
    await to.call("Read", requests.read_stream(stream, count=0))
    await to.call("Read", requests.read_stream(stream, "end"))
    await to.call("Read", requests.read_all("end"))
    await to.call("Read", requests.read_all(count=0), seconds=1)


@case
async def the_log_from_a_position(to: Transcript) -> None:
    """Inclusive forwards, exclusive backwards; a position between events is refused, one beyond the end is not."""
    _, positions = await filled(to)
    for position in (positions[2], positions[2] + 1, positions[-1] + 10**9):
        await to.call("Read", requests.read_all(position, count=2, prefix=to.category))
    for position in (positions[2], positions[2] + 1):
        await to.call("Read", requests.read_all(position, count=2, prefix=to.category, backwards=True))
    await to.call("Read", requests.read_all(positions[2] + 1, count=1))


@case
async def the_filter_of_the_log(to: Transcript) -> None:
    """Prefixes and expressions; empty ones match nothing."""
    stream, positions = await filled(to)
    await to.call("Read", requests.read_all(positions[0], prefix=stream))
    await to.call("Read", requests.read_all(positions[0], regex=f"^{stream}$"))
    await to.call("Read", requests.read_all(positions[0], prefix=""))
    await to.call("Read", requests.read_all(positions[0], prefix=stream, window=None))
    await to.call("Read", requests.read_all(positions[0], prefix=stream, window=0), seconds=1)
    await to.call("Read", requests.read_all(positions[0], prefix=stream, multiplier=0, subscribe=True), count=1)


@case
async def a_subscription_to_the_log(to: Transcript) -> None:
    """Exclusive; the end of what exists is told without a position."""
    stream, positions = await filled(to)
    await to.call("Read", requests.read_all(positions[2], prefix=stream, subscribe=True, window=10**6), count=4)
    await to.call("Read", requests.read_all(positions[2] + 1, prefix=stream, subscribe=True), count=1)
    await to.call("Read", requests.read_all(positions[-1] + 10**9, prefix=stream, subscribe=True), count=2)


@case
async def a_subscription_to_a_stream(to: Transcript) -> None:
    """From its start, its middle and its end; to a missing one, and to a tombstoned one."""
    stream, _ = await filled(to)
    for start in ("start", 2, "end"):
        await to.call("Read", requests.read_stream(stream, start, subscribe=True), seconds=1)
    await to.call("Read", requests.read_stream(to.stream("missing"), subscribe=True), seconds=1)
    await to.calls.call("Tombstone", requests.tombstone(stream, "any"))
    await to.call("Read", requests.read_stream(stream, subscribe=True), count=2)


@case
async def a_tombstone_during_a_subscription(to: Transcript) -> None:
    """The subscription shows it as an event, and ends."""
    stream, _ = await filled(to, count=1)
    async with to.calls.subscription(requests.read_stream(stream, subscribe=True)) as subscription:
        await to.calls.call("Tombstone", requests.tombstone(stream, "any"))
        to.note("Read", await subscription.rest())


@case
async def a_client_that_reads_too_slowly(to: Transcript) -> None:
    """Its live subscription ends."""
    stream = to.stream()
    await to.calls.call("BatchAppend", requests.batch(stream, requests.events(1), "no_stream"), count=1)
    answer = await read_too_slowly(to.calls, stream, revision=0)
    to.lines.append(f"{answer.end.status} {answer.end.details}")
