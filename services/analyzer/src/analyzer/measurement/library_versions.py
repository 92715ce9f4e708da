"""Which versions of the libraries that touch the numbers are installed."""

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
    """Name to version, of those that are installed."""
    return {name: found for name in LIBRARIES if (found := _version(name)) is not None}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
