"""What storage refuses, in the API's words."""

from chassis.commands.errors import DomainError


class FileNotFound(DomainError):
    """The user has no such file."""

    def __init__(self) -> None:
        super().__init__("Файл не найден")


class InvalidFileName(DomainError):
    """No file can have this name."""

    def __init__(self) -> None:
        super().__init__(
            "Недопустимое имя файла: до 1024 байт, без управляющих символов, обратной косой черты и путей вида '..'"
        )


class InvalidBucket(DomainError):
    """No bucket can have this name."""

    def __init__(self) -> None:
        super().__init__("Недопустимое имя bucket: 3-63 символа из a-z, 0-9, точки и дефиса")


class ReservedBucket(DomainError):
    """The name is one of our own buckets."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"Имя bucket '{bucket}' зарезервировано")
