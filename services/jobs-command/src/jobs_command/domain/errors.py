"""What the rules of a job refuse, in the words that its owner reads."""

from california_gold_contracts.jobs import JobStatus
from chassis.commands.errors import DomainError

HAS_INPUT = "Задание уже содержит файл"
INPUT_TOO_LATE = "Задание завершено: чтобы добавить файл, верните его в очередь"


class JobNotFound(DomainError):
    """There is no such job, or it belongs to somebody else: nobody can tell which."""

    def __init__(self) -> None:
        super().__init__("Задание не найдено")


class ForbiddenTransition(DomainError):
    """The status cannot become the wanted one."""

    def __init__(self, present: JobStatus, wanted: JobStatus) -> None:
        super().__init__(f"Нельзя изменить статус задания с «{present}» на «{wanted}»")


class InputRefused(DomainError):
    """The job takes no file (any more)."""
