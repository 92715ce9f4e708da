"""A bundle proves itself, and nothing else passes for one."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import orjson
import pytest
import pytest_asyncio
from pydantic import JsonValue

from chassis.audit.audited_type import AuditedType, folded
from chassis.audit.bundle import BundledObject, Contents, bundle, write_whole
from chassis.audit.bundle_check import check_bundle
from chassis.audit.checkpoint import Checkpoint, Unreadable, make_checkpoint, read_checkpoint
from chassis.audit.signatures import BadSignature, Signer, fingerprint_in, fingerprint_of, pem_of
from chassis.audit.verification import scan_log
from chassis.composition.embedded import embedded
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from testkit.counters import CATALOG, DECIDER, Count, command_context, counters

KIND = AuditedType("counter", "counter", CATALOG, folded(DECIDER), "")
Damage = Callable[[bytes], bytes]
OBJECT = BundledObject(
    name="mask", object_key="results/1", size=3, media_type="a/b", recorded_sha256=None, stored_sha256="00"
)


def state_of(kind: str, events: Sequence[StoredEvent]) -> JsonValue:
    return {"counter": KIND}[kind].state(events)


async def signed(infrastructure: Infrastructure, signer: Signer) -> Checkpoint:
    scan = await scan_log(infrastructure.events)
    return await make_checkpoint(scan.heads, scan.position, scan.events, infrastructure.clock.now(), signer)


async def bundled(infrastructure: Infrastructure, signer: Signer, checkpoint: Checkpoint) -> bytes:
    events = await infrastructure.events.read("counter-a")
    return await bundle(Contents(KIND, events, checkpoint, [OBJECT]), signer)


@pytest_asyncio.fixture
async def content(log: Infrastructure, signer: Signer) -> bytes:
    return await bundled(log, signer, await signed(log, signer))


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


DAMAGES: Sequence[tuple[Damage, str]] = [
    (lambda _: b"", "archive cannot be read"),
    (lambda content: content[:-30], "archive cannot be read"),
    (lambda content: zipped({**unzipped(content)}, zipfile.ZIP_DEFLATED), "compressed"),
    (lambda content: zipped({"manifest.json": b"{}"}), "lacks a part|cannot be read"),
    (lambda content: zipped({n: d for n, d in unzipped(content).items() if n != "events.jsonl"}), "lacks a part"),
    (lambda content: zipped({**unzipped(content), "signature.json": b"{}"}), "cannot be read"),
]


async def test_a_bundle_proves_itself_with_nothing_at_hand(content: bytes, signer: Signer) -> None:
    checked = check_bundle(content, state_of, fingerprint_of(await signer.public_key()))

    assert (checked.problems, checked.manifest.stream, checked.manifest.events) == ([], "counter-a", 6)
    assert checked.manifest.objects == (OBJECT,)
    assert checked.manifest.key_fingerprint == checked.fingerprint


async def test_the_same_contents_make_the_same_bytes(log: Infrastructure, signer: Signer) -> None:
    checkpoint = await signed(log, signer)

    assert await bundled(log, signer, checkpoint) == await bundled(log, signer, checkpoint)


async def test_an_older_checkpoint_proves_the_events_up_to_it(log: Infrastructure, signer: Signer) -> None:
    older = await signed(log, signer)
    await counters(log).handle("a", Count(2), command_context())

    checked = check_bundle(await bundled(log, signer, older), state_of)

    assert (checked.problems, checked.manifest.events, checked.manifest.proof.revision) == ([], 8, 5)


def test_a_changed_byte_anywhere_is_found(content: bytes) -> None:
    for name, data in unzipped(content).items():
        for place in range(0, len(data), max(1, len(data) // 15)):
            changed = {**unzipped(content), name: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]}
            with suppress(Unreadable):
                assert check_bundle(zipped(changed), state_of).problems, (name, place)


@pytest.mark.parametrize(("damage", "said"), DAMAGES)
def test_what_is_no_bundle_is_said_to_be_none(damage: Damage, said: str, content: bytes) -> None:
    with pytest.raises(Unreadable, match=said):
        check_bundle(damage(content), state_of)


def test_files_beside_what_the_manifest_names_are_not_vouched_for(content: bytes) -> None:
    more = {**unzipped(content), "extra.txt": b"believe me"}
    less = {name: data for name, data in unzipped(content).items() if not name.startswith("schemas/")}

    assert check_bundle(zipped(more), state_of).problems == ["extra.txt: not the file that the manifest vouches for"]
    assert len(check_bundle(zipped(less), state_of).problems) == 1


async def test_whoever_signs_anew_is_not_the_one_that_is_trusted(
    content: bytes, signer: Signer, tmp_path: Path
) -> None:
    trusted = fingerprint_of(await signer.public_key())
    files = unzipped(content)
    async with embedded(tmp_path / "another") as another:
        forged = (await Signer(another.keys).sign(files["manifest.json"])).model_dump_json().encode()
    forgery = zipped({**files, "signature.json": forged})

    (by_another, *_) = check_bundle(forgery, state_of, trusted).problems
    assert "signed with another key" in by_another
    assert check_bundle(forgery, state_of).problems, "the checkpoint inside is signed with another key than the bundle"


async def test_a_state_that_does_not_follow_from_the_events_is_found(log: Infrastructure, signer: Signer) -> None:
    lying = AuditedType("counter", "counter", CATALOG, lambda _: {"total": 7}, "")
    checkpoint, events = await signed(log, signer), await log.events.read("counter-a")

    checked = check_bundle(await bundle(Contents(lying, events, checkpoint), signer), state_of)

    assert checked.problems == ["the state is not what the events add up to"]


async def test_a_newer_program_that_makes_more_of_the_events_believes_the_bundle(content: bytes) -> None:
    def newer(kind: str, events: Sequence[StoredEvent]) -> JsonValue:
        state = state_of(kind, events)
        assert isinstance(state, dict)
        return {**state, "parity": "even"}

    def other(kind: str, events: Sequence[StoredEvent]) -> JsonValue:
        return {"parity": "even"}

    assert check_bundle(content, newer).problems == []
    assert check_bundle(content, other).problems == ["the state is not what the events add up to"]


async def test_a_checkpoint_is_read_as_it_was_written(log: Infrastructure, signer: Signer) -> None:
    checkpoint = await signed(log, signer)

    read = read_checkpoint(checkpoint.lines())

    assert read == checkpoint
    read.signed.signature.check(read.signed.statement.canonical(), fingerprint_of(await signer.public_key()))
    assert read_checkpoint(checkpoint.lines().splitlines()[0]).heads is None


async def test_a_checkpoint_that_was_touched_is_refused(log: Infrastructure, signer: Signer) -> None:
    lines = (await signed(log, signer)).lines()
    for damaged in (b"", b"{}", lines[:-20], lines.replace(b'counter-b",5', b'counter-b",4'), b"x" + lines):
        with pytest.raises(Unreadable):
            read_checkpoint(damaged)
    first = orjson.loads(lines.splitlines()[0])
    first["statement"]["events"] += 1
    read = read_checkpoint(orjson.dumps(first))
    with pytest.raises(BadSignature, match="changed"):
        read.signed.signature.check(read.signed.statement.canonical())


async def test_a_key_is_named_by_its_fingerprint(signer: Signer) -> None:
    key = await signer.public_key()

    assert fingerprint_in(pem_of(key).encode()) == fingerprint_of(key)
    with pytest.raises(ValueError, match=r".*"):
        fingerprint_in(b"-----BEGIN PUBLIC KEY-----")


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "bundle"
    write_whole(target, b"first")
    with pytest.raises(TypeError):
        write_whole(target, None)  # pyright: ignore[reportArgumentType]

    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]
