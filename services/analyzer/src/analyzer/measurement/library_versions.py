"""Installed versions of the libraries that influence the numbers."""

from importlib.metadata import PackageNotFoundError, version

LIBRARIES = (
    "highdicom",
    "isal",
    "nibabel",
    "numpy",
    "onnxruntime",
    "pydicom",
    "pyjpegls",
    "pylibjpeg",
    "pylibjpeg-openjpeg",
    "pylibjpeg-rle",
    "python-gdcm",
    "scipy",
)


def library_versions() -> dict[str, str]:
    """Return library -> version of those that are installed."""
    return {name: installed for name in LIBRARIES if (installed := _version(name)) is not None}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
