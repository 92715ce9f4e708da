"""File descriptors: how many of a process's are left to connections."""

import resource

_MAX_RESERVE = 512


def max_connections(wanted: int) -> int:
    """Return how many connections a server may hold: at most `wanted`, and some descriptors are left to the stores.

    The reserve is half of what the process may open (RLIMIT_NOFILE), at most 512: SQLite's readers, uploads under way,
    drivers' pools and the pipes of an analysis need descriptors while clients hold theirs. The soft limit is raised
    where the hard one allows it: many systems set the soft one to 1024, for programs that use select.
    """
    limit = _raised(wanted + _MAX_RESERVE)
    return max(1, min(wanted, limit - min(_MAX_RESERVE, limit // 2)))


def _raised(needed: int) -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return needed
    possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    return max(soft, possible)
