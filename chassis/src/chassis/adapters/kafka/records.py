"""A Kafka record as a message. What a foreign producer left out is empty: whoever handles it can say why it can't."""

from aiokafka.structs import ConsumerRecord, TopicPartition

from chassis.ports.message_bus import ReceivedMessage


def received(record: ConsumerRecord) -> ReceivedMessage:
    """Return a record as it was published; a key that is no UTF-8 has replacement characters in it."""
    return ReceivedMessage(
        record.topic,
        (record.key or b"").decode(errors="replace"),
        record.value or b"",
        tuple((name, value or b"") for name, value in record.headers),
        record.partition,
        record.offset,
    )


def partition_of(message: ReceivedMessage) -> TopicPartition:
    """Return where a message was read."""
    return TopicPartition(message.topic, message.partition)
