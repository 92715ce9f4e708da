"""The sentences of the whole product, in both languages."""

from chassis.commands.message import Message

API_DESCRIPTION = Message(
    """REST API для управления пользователями, файлами и заданиями анализа медицинских изображений.

Обновления заданий в реальном времени: `WS /ws/jobs/{job_id}`.""",
    """REST API to manage users, files and jobs that analyse medical images.

Live updates of jobs: `WS /ws/jobs/{job_id}`.""",
)
