"""What is uploaded in tests of the whole product."""

import io
import zipfile
from pathlib import Path

import pytest

from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import small_chest


@pytest.fixture(scope="session")
def chest_zip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A CT series of a chest with one nodule of 12 mm, as it would be exported."""
    path: Path = tmp_path_factory.mktemp("images") / "chest.zip"
    write_ct_zip(small_chest().volume, path)
    return path.read_bytes()


@pytest.fixture(scope="session")
def text_zip() -> bytes:
    """An archive that holds no image."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("notes.txt", "no image here")
    return content.getvalue()
