"""Why a question about a job has no answer, in the words that its owner reads."""

from chassis.commands.errors import DomainError


class JobNotFound(DomainError):
    """There is no such job, or it belongs to somebody else: nobody can tell which."""

    def __init__(self) -> None:
        super().__init__("Задание не найдено")


class RevisionNotReached(DomainError):
    """The read model did not come to the revision that the client wants to see, in the time there is."""

    def __init__(self) -> None:
        super().__init__("Запрошенная ревизия задания ещё не обработана, повторите запрос позже")


class FileMissing(DomainError):
    """The job has no such file."""

    def __init__(self) -> None:
        super().__init__("Файл не найден")


class NoResult(DomainError):
    """The analysis has not ended with a result (yet)."""

    def __init__(self, reason: str = "Результат ещё не готов") -> None:
        super().__init__(reason)


class NoZip(DomainError):
    """The job's file is something else, or there is none."""

    def __init__(self) -> None:
        super().__init__("Задание не содержит ZIP архив")


class InvalidZip(DomainError):
    """The archive's directory cannot be read or contradicts itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Некорректный ZIP файл: {reason}")


class AdministratorsOnly(DomainError):
    """The figures of the whole system are not for everybody."""

    def __init__(self) -> None:
        super().__init__("Статистика всей системы доступна только администраторам")
