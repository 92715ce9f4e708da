"""Where a key leads to on the server."""

from dataclasses import dataclass

from chassis.adapters.minio.object_names import name_prefix, object_name


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a bucket; what names begin with, where it stands for many."""

    bucket: str
    name: str


def place_of(key: str, bucket_prefix: str) -> Place:
    """Return the place of a key. Raises `ValueError` for a key without a path."""
    segment, slash, path = key.partition("/")
    if not slash:
        raise ValueError("a key is <bucket>/<path>")
    return Place(f"{bucket_prefix}{segment}", object_name(path))


def places_below(prefix: str, bucket_prefix: str) -> Place | None:
    """Return what holds all objects whose keys begin with `prefix`; None when several buckets may."""
    segment, slash, path = prefix.partition("/")
    return Place(f"{bucket_prefix}{segment}", name_prefix(path)) if slash else None
