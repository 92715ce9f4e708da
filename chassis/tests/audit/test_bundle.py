"""Bundles and checkpoint files: made, verified, tampered with."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import orjson
import pytest
import pytest_asyncio
from pydantic import JsonValue

from chassis.audit.audited_type import AuditedType, fold_to_json
from chassis.audit.bundle import BundleContents, BundledObject, make_bundle, write_atomically
from chassis.audit.bundle_check import check_bundle
from chassis.audit.checkpoint import SignedCheckpoint, UnreadableFile, make_checkpoint, read_checkpoint
from chassis.audit.signatures import BadSignature, Signer, fingerprint_in, fingerprint_of, pem_of
from chassis.audit.verification import scan_log
from chassis.commands.message import Message
from chassis.composition.embedded import embedded
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from testkit.counters import CATALOG, DECIDER, Count, command_context, counters

COUNTER = AuditedType("counter", "counter", CATALOG, fold_to_json(DECIDER), Message("", ""))
Damage = Callable[[bytes], bytes]
OBJECT = BundledObject(
    name="mask", object_key="results/1", size=3, media_type="a/b", recorded_sha256=None, stored_sha256="00"
)


def fold_state(type_name: str, events: Sequence[StoredEvent]) -> JsonValue:
    return {"counter": COUNTER}[type_name].state(events)


async def signed(infrastructure: Infrastructure, signer: Signer) -> SignedCheckpoint:
    scan = await scan_log(infrastructure.events)
    return await make_checkpoint(scan.heads, scan.position, scan.events, infrastructure.clock.now(), signer)


async def bundled(infrastructure: Infrastructure, signer: Signer, checkpoint: SignedCheckpoint) -> bytes:
    events = await infrastructure.events.read("counter-a")
    return await make_bundle(BundleContents(COUNTER, events, checkpoint, [OBJECT]), signer)


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
    (lambda content: zipped({"manifest.json": b"{}"}), "file is missing|cannot be read"),
    (lambda content: zipped({n: d for n, d in unzipped(content).items() if n != "events.jsonl"}), "file is missing"),
    (lambda content: zipped({**unzipped(content), "signature.json": b"{}"}), "cannot be read"),
]


async def test_a_bundle_is_verified_without_a_store(content: bytes, signer: Signer) -> None:
    checked = check_bundle(content, fold_state, fingerprint_of(await signer.public_key()))

    assert (checked.problems, checked.manifest.stream, checked.manifest.events) == ([], "counter-a", 6)
    assert checked.manifest.objects == (OBJECT,)
    assert checked.manifest.key_fingerprint == checked.fingerprint


async def test_equal_contents_give_equal_bytes(log: Infrastructure, signer: Signer) -> None:
    checkpoint = await signed(log, signer)

    assert await bundled(log, signer, checkpoint) == await bundled(log, signer, checkpoint)


async def test_an_older_checkpoint_proves_the_events_up_to_it(log: Infrastructure, signer: Signer) -> None:
    older = await signed(log, signer)
    await counters(log).handle("a", Count(2), command_context())

    checked = check_bundle(await bundled(log, signer, older), fold_state)

    assert (checked.problems, checked.manifest.events, checked.manifest.proof.revision) == ([], 8, 5)


def test_a_changed_byte_anywhere_is_detected(content: bytes) -> None:
    for name, data in unzipped(content).items():
        for offset in range(0, len(data), max(1, len(data) // 15)):
            changed = {**unzipped(content), name: data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1 :]}
            with suppress(UnreadableFile):
                assert check_bundle(zipped(changed), fold_state).problems, (name, offset)


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_a_damaged_bundle_is_refused_as_unreadable(damage: Damage, message: str, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match=message):
        check_bundle(damage(content), fold_state)


def test_files_must_be_those_in_the_manifest(content: bytes) -> None:
    more = {**unzipped(content), "extra.txt": b"believe me"}
    less = {name: data for name, data in unzipped(content).items() if not name.startswith("schemas/")}

    assert check_bundle(zipped(more), fold_state).problems == ["extra.txt: not the file in the manifest"]
    assert len(check_bundle(zipped(less), fold_state).problems) == 1


async def test_a_signature_of_another_key_is_not_trusted(content: bytes, signer: Signer, tmp_path: Path) -> None:
    trusted = fingerprint_of(await signer.public_key())
    files = unzipped(content)
    async with embedded(tmp_path / "another") as another:
        forged = (await Signer(another.keys).sign(files["manifest.json"])).model_dump_json().encode()
    forgery = zipped({**files, "signature.json": forged})

    (first_problem, *_) = check_bundle(forgery, fold_state, trusted).problems
    assert "signed with another key" in first_problem
    assert check_bundle(forgery, fold_state).problems, (
        "the checkpoint inside is signed with another key than the bundle"
    )


async def test_a_state_that_does_not_follow_from_the_events_is_detected(log: Infrastructure, signer: Signer) -> None:
    other_fold = AuditedType("counter", "counter", CATALOG, lambda _: {"total": 7}, Message("", ""))
    checkpoint, events = await signed(log, signer), await log.events.read("counter-a")

    checked = check_bundle(await make_bundle(BundleContents(other_fold, events, checkpoint), signer), fold_state)

    assert checked.problems == ["the state is not the one that the events fold to"]


async def test_a_newer_program_that_folds_more_fields_accepts_the_bundle(content: bytes) -> None:
    def newer(type_name: str, events: Sequence[StoredEvent]) -> JsonValue:
        state = fold_state(type_name, events)
        assert isinstance(state, dict)
        return {**state, "parity": "even"}

    def other(type_name: str, events: Sequence[StoredEvent]) -> JsonValue:
        return {"parity": "even"}

    assert check_bundle(content, newer).problems == []
    assert check_bundle(content, other).problems == ["the state is not the one that the events fold to"]


async def test_a_checkpoint_file_is_parsed_as_it_was_written(log: Infrastructure, signer: Signer) -> None:
    checkpoint = await signed(log, signer)

    read = read_checkpoint(checkpoint.lines())

    assert read == checkpoint
    read.signed.signature.check(read.signed.statement.canonical(), fingerprint_of(await signer.public_key()))
    assert read_checkpoint(checkpoint.lines().splitlines()[0]).heads is None


async def test_a_changed_checkpoint_file_is_refused(log: Infrastructure, signer: Signer) -> None:
    lines = (await signed(log, signer)).lines()
    for damaged in (b"", b"{}", lines[:-20], lines.replace(b'counter-b",5', b'counter-b",4'), b"x" + lines):
        with pytest.raises(UnreadableFile):
            read_checkpoint(damaged)
    first = orjson.loads(lines.splitlines()[0])
    first["statement"]["events"] += 1
    read = read_checkpoint(orjson.dumps(first))
    with pytest.raises(BadSignature, match="changed"):
        read.signed.signature.check(read.signed.statement.canonical())


async def test_a_public_key_is_identified_by_its_fingerprint(signer: Signer) -> None:
    key = await signer.public_key()

    assert fingerprint_in(pem_of(key).encode()) == fingerprint_of(key)
    with pytest.raises(ValueError, match=r".*"):
        fingerprint_in(b"-----BEGIN PUBLIC KEY-----")


def test_a_file_is_written_completely_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "bundle"
    write_atomically(target, b"first")
    with pytest.raises(TypeError):
        write_atomically(target, None)  # pyright: ignore[reportArgumentType]

    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]
