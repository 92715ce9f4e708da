"""Every sentence of jobs-command for clients and for the OpenAPI document, in both languages."""

from chassis.commands.message import Message

JOB_NOT_FOUND = Message("Задание не найдено", "The job is not found")
FORBIDDEN_TRANSITION = Message(
    "Нельзя изменить статус задания с «{present}» на «{wanted}»",
    "The status of a job can't be changed from “{present}” to “{wanted}”",
)
TOO_MANY_CHANGES = Message(
    "Задание изменено уже {max_changes} раз: создайте новое",
    "The job was changed {max_changes} times: create a new one",
)
JOB_HAS_FILE = Message("Задание уже содержит файл", "The job has a file already")
JOB_ENDED = Message(
    "Задание завершено: чтобы добавить файл, верните его в очередь",
    "The job has ended: return it to the queue to add a file",
)
FILE_REQUIRED = Message("Файл обязателен", "The file is required")
FILE_EMPTY = Message("Файл пуст", "The file is empty")
FILE_NAME_LENGTH = Message(
    "Имя файла: от 1 до {max_length} символов", "The file name: from 1 to {max_length} characters"
)
CONTROL_CHARACTERS = Message("Недопустимы управляющие символы", "Control characters are not allowed")
DIRECTION_CONTROLS = Message("Недопустимы символы смены направления текста", "Text direction controls are not allowed")

JOB_DELETED = Message("Задание успешно удалено", "The job has been deleted")

JOBS_SECTION = Message("Задания", "Jobs")
CREATE_JOB = Message("Создание задания", "Create a job")
CREATE_JOB_DESCRIPTION = Message(
    "Создать задание. С файлом оно сразу идёт на анализ, без файла ждёт в `queued`, пока файл не добавят.",
    "Create a job. With a file it is analysed at once, without one it stays in `queued` until a file is added.",
)
UPDATE_JOB = Message("Обновление задания", "Update a job")
UPDATE_JOB_DESCRIPTION = Message(
    "Изменить название, описание или статус. Возврат завершённого задания в `queued` запускает анализ заново.",
    "Change the title, the description or the status. Returning an ended job to `queued` starts the analysis again.",
)
ATTACH_JOB_FILE = Message("Добавление файла к заданию", "Add a file to a job")
ATTACH_JOB_FILE_DESCRIPTION = Message(
    "Добавить файл заданию, которое его ждёт, и запустить анализ. Заменить файл нельзя.",
    "Add a file to a job that waits for it, and start the analysis. A file can't be replaced.",
)
DELETE_JOB = Message("Удаление задания", "Delete a job")
DELETE_JOB_DESCRIPTION = Message(
    "Удалить задание, его файл и результаты. Идущий анализ прекращается.",
    "Delete a job, its file and its results. A running analysis ends.",
)
SAME_AS_FORM_FIELD = Message("То же, что поле формы", "The same as the field of the form")
JOB_FILE = Message("ZIP, DICOM или NIfTI", "ZIP, DICOM or NIfTI")
TITLE = Message("Название; пустое — имя файла", "The title; an empty one stands for the file's name")
DESCRIPTION = Message("Описание", "The description")
DESCRIPTION_EXAMPLE = Message("Контроль через 3 месяца", "Follow-up in 3 months")
STATUS = Message(
    "Из queued и processing — любой следующий статус; завершённое задание можно вернуть в queued",
    "From queued and processing: any later status; an ended job can be returned to queued",
)
JOB_CHANGES = Message(
    "Что изменить в задании. Чего нет в запросе, остаётся прежним.",
    "The changes of a job. A field that is not in the request stays as it is.",
)
SUCCESS_BODY = Message("Сообщение об успехе.", "A success message.")
