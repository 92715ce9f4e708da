"""Events on their way: relay to a topic, consumer groups, retries, parked events."""
