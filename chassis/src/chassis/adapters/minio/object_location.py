"""The bucket and name of an object on the S3 server."""

from dataclasses import dataclass

from chassis.adapters.minio.object_names import name_prefix, object_name


@dataclass(frozen=True, slots=True)
class ObjectLocation:
    """A bucket, and the name of an object in it."""

    bucket: str
    name: str


@dataclass(frozen=True, slots=True)
class PrefixLocation:
    """A bucket, and the prefix that the names of the wanted objects share."""

    bucket: str
    name_prefix: str


def location_of(key: str, bucket_prefix: str) -> ObjectLocation:
    """Return the location of a key. Raises `ValueError` for a key without a path."""
    segment, slash, path = key.partition("/")
    if not slash:
        raise ValueError("a key is <bucket>/<path>")
    return ObjectLocation(f"{bucket_prefix}{segment}", object_name(path))


def location_of_prefix(prefix: str, bucket_prefix: str) -> PrefixLocation | None:
    """Return the location of all objects whose keys begin with `prefix`; None when several buckets may hold them."""
    segment, slash, path = prefix.partition("/")
    return PrefixLocation(f"{bucket_prefix}{segment}", name_prefix(path)) if slash else None
