"""Adapters for EventStoreDB / KurrentDB."""

import os

# gRPC's core writes to standard error, past every logging, for each handshake that fails. It looks at this once, when
# it is imported. What goes wrong is told by `StoreUnavailable`.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
