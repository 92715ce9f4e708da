"""The write side: command handling with deciders, aggregates and optimistic concurrency."""
