"""S3: the policy of each service, in the language of AWS and MinIO."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from california_gold.credentials.rights import READ, SERVICES, WRITE

# In the names of objects `_` marks the beginning of each segment of a key.
_HEALTH_FOLDER = "files/_.health"
_OF_BUCKET = ("s3:CreateBucket", "s3:ListBucket", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration")
_READ = ("s3:GetObject",)
_PROBE = ("s3:GetObject", "s3:PutObject")  # MinIO refuses the client's PUT without the right to read
_CHANGE = (*_PROBE, "s3:DeleteObject", "s3:AbortMultipartUpload")


def policy(service: str, bucket_prefix: str) -> Mapping[str, JsonValue]:
    """Return the policy of a service or an operator. Every one may write to the folder that health checks probe."""
    rights = SERVICES[service].objects if service in SERVICES else dict.fromkeys(("files", "jobs", "results"), WRITE)
    statements = [_health(bucket_prefix)]
    for bucket, granted in rights.items():
        name = f"{bucket_prefix}{bucket}"
        of_bucket = ("s3:ListBucket",) if granted == READ else _OF_BUCKET
        statements += [_allow(of_bucket, name), _allow(_READ if granted == READ else _CHANGE, f"{name}/*")]
    return {"Version": "2012-10-17", "Statement": [*statements]}


def _health(bucket_prefix: str) -> JsonValue:
    return _allow(_PROBE, f"{bucket_prefix}{_HEALTH_FOLDER}/*")


def _allow(actions: Sequence[str], resource: str) -> JsonValue:
    return {"Effect": "Allow", "Action": [*actions], "Resource": [f"arn:aws:s3:::{resource}"]}
