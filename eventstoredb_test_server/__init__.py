"""A test double of EventStoreDB: the part of its gRPC protocol that the product uses, durable on SQLite."""
