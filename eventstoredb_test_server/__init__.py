"""An EventStoreDB server for tests: the parts of its gRPC protocol that the product uses, on SQLite."""
