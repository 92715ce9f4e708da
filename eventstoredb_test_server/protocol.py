"""The protocol's messages and service base classes, re-exported with types from the package `kurrentdbclient`."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Callable
from typing import Any, cast

import grpc.aio
from kurrentdbclient.protos.google.rpc.code_pb2 import (
    ALREADY_EXISTS,
    DEADLINE_EXCEEDED,
    INVALID_ARGUMENT,
    NOT_FOUND,
    Code,
)
from kurrentdbclient.protos.v1 import gossip_pb2_grpc, streams_pb2_grpc
from kurrentdbclient.protos.v1.gossip_pb2 import ClusterInfo, EndPoint, MemberInfo
from kurrentdbclient.protos.v1.gossip_pb2_grpc import GossipServicer
from kurrentdbclient.protos.v1.shared_pb2 import (
    UUID,
    AllStreamPosition,
    BadRequest,
    Empty,
    MaximumAppendSizeExceeded,
    StreamDeleted,
    StreamIdentifier,
    Timeout,
    WrongExpectedVersion,
)
from kurrentdbclient.protos.v1.status_pb2 import Status
from kurrentdbclient.protos.v1.streams_pb2 import (
    AppendReq,
    AppendResp,
    BatchAppendReq,
    BatchAppendResp,
    DeleteReq,
    DeleteResp,
    ReadReq,
    ReadResp,
    TombstoneReq,
    TombstoneResp,
)
from kurrentdbclient.protos.v1.streams_pb2_grpc import StreamsServicer

__all__ = [
    "ALREADY_EXISTS",
    "DEADLINE_EXCEEDED",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "UUID",
    "AllStreamPosition",
    "AppendReq",
    "AppendResp",
    "BadRequest",
    "BatchAppendReq",
    "BatchAppendResp",
    "ClusterInfo",
    "Code",
    "DeleteReq",
    "DeleteResp",
    "Empty",
    "EndPoint",
    "GossipServicer",
    "MaximumAppendSizeExceeded",
    "MemberInfo",
    "ReadReq",
    "ReadResp",
    "Status",
    "StreamDeleted",
    "StreamIdentifier",
    "StreamsServicer",
    "StreamsStub",
    "Timeout",
    "TombstoneReq",
    "TombstoneResp",
    "WrongExpectedVersion",
]

Context = grpc.aio.ServicerContext[Any, Any]
add_gossip = cast("Callable[[GossipServicer, grpc.aio.Server], None]", gossip_pb2_grpc.add_GossipServicer_to_server)
add_streams = cast("Callable[[StreamsServicer, grpc.aio.Server], None]", streams_pb2_grpc.add_StreamsServicer_to_server)
StreamsStub = cast("Callable[[grpc.aio.Channel], Any]", streams_pb2_grpc.StreamsStub)
