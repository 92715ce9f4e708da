"""Content-Disposition of a download (RFC 6266), shared by every object store's presigned URLs."""

import re
from urllib.parse import quote

_ASCII = re.compile(r"[^ !#$&+.0-9A-Z^_`a-z~()\[\]=@,-]")


def attachment(name: str) -> str:
    """Return the Content-Disposition header for a file called `name`; only the last path segment is used (RFC 6266)."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2] or "file"
    fallback = _ASCII.sub("_", last)
    plain = f'attachment; filename="{fallback}"'
    return plain if fallback == last else f"{plain}; filename*=UTF-8''{quote(last, safe='')}"
