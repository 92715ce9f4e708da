"""Cases of appends, deletes and tombstones."""

import asyncio
from uuid import UUID

from tools.eventstoredb import requests
from tools.eventstoredb.cases import case
from tools.eventstoredb.transcript import Transcript

_MIB = 1024 * 1024


@case
async def an_append_at_right_and_wrong_versions(to: Transcript) -> None:
    """Exact versions: the current one, one too low, one too high, and no stream."""
    stream = to.stream()
    await to.call("BatchAppend", requests.batch(stream, requests.events(3), "no_stream"), count=1)
    for expected in (2, 0, 9, "no_stream", "any", "stream_exists"):
        await to.call("BatchAppend", requests.batch(stream, requests.events(1), expected), count=1)
    for expected in (0, "stream_exists"):
        await to.call("BatchAppend", requests.batch(to.stream("b"), requests.events(1), expected), count=1)


@case
async def a_repeated_append(to: Transcript) -> None:
    """The same events again, in part, and in another order."""
    stream, new = to.stream(), requests.events(3)
    for _ in range(2):
        await to.call("BatchAppend", requests.batch(stream, new, "no_stream"), count=1)
    for part in (new[:2], new[1:], [*new, *requests.events(1)]):
        await to.call("BatchAppend", requests.batch(stream, part, "no_stream"), count=1)


@case
async def an_append_while_an_equal_one_is_under_way(to: Transcript) -> None:
    """Ten at once: those that come while the first is written and not indexed are dropped.

    How many is a matter of chance, so the cases compares only which answers occur.
    """
    stream, new = to.stream(), requests.events(1)
    calls = [
        to.calls.call("BatchAppend", requests.batch(stream, new, "no_stream"), count=1, seconds=6) for _ in range(10)
    ]
    answers = await asyncio.gather(*calls)
    found = {answer.messages[0].WhichOneof("result") if answer.messages else "nothing" for answer in answers}
    to.lines += sorted(found)


@case
async def the_end_of_a_call_after_a_success(to: Transcript) -> None:
    """The client has sent everything, so the server ends the call."""
    await to.call("BatchAppend", requests.batch(to.stream(), requests.events(1), "no_stream"))


@case
async def the_end_of_calls_after_refusals(to: Transcript) -> None:
    """Some calls stay open. It is a race, so the case notes only whether there is one among thirty."""
    stream = to.stream()
    await to.calls.call("BatchAppend", requests.batch(stream, requests.events(1), "no_stream"), count=1)
    calls = [to.calls.call("BatchAppend", requests.batch(stream, requests.events(1), 9)) for _ in range(30)]
    ends = {answer.end.status for answer in await asyncio.gather(*calls)}
    to.lines.append(f"one stays open: {'open' in ends}")


@case
async def an_append_that_is_not_valid(to: Transcript) -> None:
    """No version, one too large, an empty id, no content type, no name, no time left."""
    stream, new = to.stream(), requests.events(1)
    empty_id = [(UUID(int=0), "compared", b"")]
    for request in (
        requests.batch(stream, new, None),
        requests.batch(stream, new, 2**63),
        requests.batch(stream, empty_id, "any"),
        requests.batch(stream, new, "any", content_type=None),
        requests.batch("$$", new, "any"),
        requests.batch("", new, "any"),
        requests.batch(stream, new, "any", deadline=0),
        requests.batch(stream, new, "any", deadline=-1),
    ):
        await to.call("BatchAppend", request, count=1)


@case
async def an_append_without_events(to: Transcript) -> None:
    """It succeeds."""
    await to.call("BatchAppend", requests.batch(to.stream(), [], "no_stream"), count=1)


@case
async def the_maximum_append_size(to: Transcript) -> None:
    """The limit counts the data."""
    for name, size in (("a", _MIB), ("b", _MIB + 1)):
        await to.call("BatchAppend", requests.batch(to.stream(name), requests.events(1, size), "no_stream"), count=1)
        await to.call("Append", requests.append(to.stream(f"{name}2"), requests.events(1, size), "no_stream"))
    await to.call("BatchAppend", requests.batch(to.stream(), requests.events(1, 17 * _MIB), "any"), count=1)


@case
async def the_append_method(to: Transcript) -> None:
    """Its wrong versions are responses, its other errors statuses."""
    stream = to.stream()
    for expected in ("no_stream", 0, 9, "any", "stream_exists"):
        await to.call("Append", requests.append(stream, requests.events(1), expected))
    await to.call("Tombstone", requests.tombstone(stream, "any"))
    await to.call("Append", requests.append(stream, requests.events(1), "any"))


@case
async def another_content_type_than_json(to: Transcript) -> None:
    """It comes back as binary."""
    request = requests.batch(to.stream(), requests.events(1), "any", content_type="text/plain")
    await to.call("BatchAppend", request, count=1)
    await to.call("Read", requests.read_stream(to.stream()))


@case
async def a_deleted_stream(to: Transcript) -> None:
    """A soft delete, a repetition of the stream's first events, an append that recreates it, and the log."""
    stream, new = to.stream(), requests.events(2)
    await to.call("Delete", requests.delete(to.stream("missing"), "any"))
    await to.call("BatchAppend", requests.batch(stream, new, "no_stream"), count=1)
    await to.call("Delete", requests.delete(stream, 0))
    await to.call("Delete", requests.delete(stream, 1))
    await to.call("Read", requests.read_stream(stream))
    await to.call("BatchAppend", requests.batch(stream, new, "no_stream"), count=1)
    await to.call("BatchAppend", requests.batch(stream, requests.events(1), "stream_exists"), count=1)
    await to.call("BatchAppend", requests.batch(stream, requests.events(1), "no_stream"), count=1)
    await to.call("Read", requests.read_all("end", count=5, backwards=True, regex=f"^(\\$\\$)?{stream}$"))


@case
async def a_tombstoned_stream(to: Transcript) -> None:
    """Nothing is possible any more, with its metadata neither."""
    stream = to.stream()
    await to.call("BatchAppend", requests.batch(stream, requests.events(1), "no_stream"), count=1)
    await to.call("Tombstone", requests.tombstone(stream, 5))
    await to.call("Tombstone", requests.tombstone(stream, 0))
    await to.call("Tombstone", requests.tombstone(stream, "any"))
    await to.call("Delete", requests.delete(stream, "any"))
    await to.call("BatchAppend", requests.batch(stream, requests.events(1), "any"), count=1)
    for name in (stream, f"$${stream}"):
        await to.call("Read", requests.read_stream(name))


@case
async def metadata_that_are_no_json(to: Transcript) -> None:
    """They are stored, and have no effect."""
    stream = to.stream()
    await to.call("BatchAppend", requests.batch(stream, requests.events(1), "no_stream"), count=1)
    (event_id, _, _) = requests.events(1)[0]
    await to.call("BatchAppend", requests.batch(f"$${stream}", [(event_id, "$metadata", b"{")], "any"), count=1)
    await to.call("Read", requests.read_stream(stream))
