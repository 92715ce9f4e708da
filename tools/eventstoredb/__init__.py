"""A comparison of two EventStoreDB servers: the same requests to both, and where their answers differ."""
