from uuid import UUID

from california_gold_contracts.files import FileDeleted, FileStored
from storage.domain.errors import FileNotFound
from storage.domain.file import FILE, Delete, Store
from testkit.scenario import Scenario

ID = UUID(int=1)


def stored(key: str = "files/1/first") -> FileStored:
    return FileStored(
        file_id=ID,
        owner_id=1,
        bucket="uploads",
        name="a.dcm",
        size=3,
        sha256="aa",
        content_type="application/dicom",
        object_key=key,
    )


DELETED = FileDeleted(file_id=ID, owner_id=1)
no_file = Scenario(FILE)
one_file = no_file.given(stored())


def test_a_file_is_stored():
    assert no_file.when(Store(stored())).then(stored()).state == stored()


def test_a_file_is_replaced():
    one_file.when(Store(stored("files/1/second"))).then(stored("files/1/second"))


def test_storing_the_same_file_again_changes_nothing():
    one_file.when(Store(stored())).then_nothing()


def test_a_file_is_deleted_and_can_be_stored_again():
    one_file.when(Delete(ID, 1)).then(DELETED).when(Store(stored())).then(stored())


def test_a_missing_file_cannot_be_deleted():
    no_file.when(Delete(ID, 1)).then_refused(FileNotFound)
    one_file.given(DELETED).when(Delete(ID, 1)).then_refused(FileNotFound)


def test_a_delete_of_one_version_keeps_a_later_one():
    one_file.when(Delete(ID, 1, "files/1/first")).then(DELETED)
    one_file.given(stored("files/1/second")).when(Delete(ID, 1, "files/1/first")).then_nothing()
