"""What storage refuses, in the API's words."""

from chassis.commands.errors import DomainError


class FileNotFound(DomainError):  # noqa: N818  (all are named as the fact)
    """The user has no such file."""

    def __init__(self) -> None:
        super().__init__("Файл не найден")


class InvalidFileName(DomainError):  # noqa: N818
    """No file can have this name."""

    def __init__(self) -> None:
        super().__init__(
            "Недопустимое имя файла: до 1024 байт, без управляющих символов, обратной косой черты и путей вида '..'"
        )


class InvalidBucket(DomainError):  # noqa: N818
    """No bucket can have this name."""

    def __init__(self) -> None:
        super().__init__("Недопустимое имя bucket: 3-63 символа из a-z, 0-9, точки и дефиса")


class ReservedBucket(DomainError):  # noqa: N818
    """The name is one of our own buckets."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"Имя bucket '{bucket}' зарезервировано")
