"""Adapters for EventStoreDB / KurrentDB."""

import os

# gRPC's C core reads this variable when it is imported. By default it writes every failed handshake to standard error,
# outside of logging; `StoreUnavailable` reports such failures.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
