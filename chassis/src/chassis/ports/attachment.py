"""Content-Disposition of a download (RFC 6266): how every object store names the file that a presigned URL gives."""

import re
from urllib.parse import quote

_ASCII = re.compile(r"[^ !#$&+.0-9A-Z^_`a-z~()\[\]=@,-]")


def attachment(name: str) -> str:
    """Return the Content-Disposition that saves under the last segment of `name` (RFC 6266)."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2] or "file"
    fallback = _ASCII.sub("_", last)
    plain = f'attachment; filename="{fallback}"'
    return plain if fallback == last else f"{plain}; filename*=UTF-8''{quote(last, safe='')}"
