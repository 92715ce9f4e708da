from datetime import UTC, datetime
from uuid import UUID

import pytest

from california_gold_contracts.envelope import Envelope, MalformedEnvelope, from_message

ENVELOPE = Envelope(
    id=UUID("5a0e2f44-0d52-4a3c-9a36-6d1c1c3a9b10"),
    type="users.user-deleted.v1",
    source="/california-gold/identity",
    subject="7",
    time=datetime(2024, 1, 1, 12, 30, tzinfo=UTC),
    data=b'{"user_id":7}',
    stream="user-7",
    revision=3,
    position=1041,
    correlation_id="c-1",
    causation_id="e-1",
    actor="user:7",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)
REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type")


def test_a_message_is_read_back_as_the_same_envelope() -> None:
    assert from_message(ENVELOPE.headers(), ENVELOPE.data) == ENVELOPE


def test_the_headers_are_cloudevents_binary_mode() -> None:
    headers = dict(ENVELOPE.headers())

    assert headers["content-type"] == b"application/json"
    assert headers["ce_specversion"] == b"1.0"
    assert set(REQUIRED) <= set(headers)
    assert headers["ce_dataschema"].endswith(b"/users.user-deleted.v1.json")
    assert all(name.removeprefix("ce_").isalnum() for name in headers if name != "content-type")


def test_empty_attributes_are_omitted() -> None:
    bare = Envelope(ENVELOPE.id, ENVELOPE.type, ENVELOPE.source, "7", ENVELOPE.time, b"{}")

    assert "ce_stream" not in dict(bare.headers())
    assert from_message(bare.headers(), b"{}") == bare


@pytest.mark.parametrize("missing", ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"])
def test_a_message_without_a_required_attribute_is_malformed(missing: str) -> None:
    headers = [(name, value) for name, value in ENVELOPE.headers() if name != missing]

    with pytest.raises(MalformedEnvelope):
        from_message(headers, b"{}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"seven"),
        ("ce_time", b"yesterday"),
        ("ce_revision", b"x"),
        ("ce_type", b"\xff\xfe"),
    ],
)
def test_a_message_with_a_wrong_attribute_is_malformed(name: str, value: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        from_message([*ENVELOPE.headers(), (name, value)], b"{}")


def test_the_data_is_not_shown_where_an_envelope_is_printed() -> None:
    assert "user_id" not in repr(ENVELOPE)
