"""File descriptors: how many of a process's are left to connections."""

import resource

_MAX_RESERVE = 512


def max_connections(wanted: int) -> int:
    """Return how many connections a server may hold: at most `wanted`, and some descriptors are left to the stores.

    The reserve is half of what the process may open (RLIMIT_NOFILE), at most 512: SQLite's readers, uploads under way,
    drivers' pools and the pipes of an analysis need descriptors while clients hold theirs.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, limit - min(_MAX_RESERVE, limit // 2)))
