"""The message bus on Kafka."""
