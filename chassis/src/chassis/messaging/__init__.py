"""Messaging: the relay to a topic, consumer groups, retries, parked (dead-lettered) events."""
