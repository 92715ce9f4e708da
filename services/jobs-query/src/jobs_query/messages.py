"""Every sentence of jobs-query for clients and for the OpenAPI document, in both languages."""

from collections.abc import Mapping

from chassis.archives.malformed_zip import ZipFault
from chassis.commands.message import Message

JOB_NOT_FOUND = Message("Задание не найдено", "The job is not found")
REVISION_NOT_REACHED = Message(
    "Запрошенная ревизия задания ещё не обработана, повторите запрос позже",
    "The requested revision of the job has not been processed yet, try again later",
)
FILE_NOT_FOUND = Message("Файл не найден", "The file is not found")
RESULT_NOT_READY = Message("Результат ещё не готов", "The result is not ready yet")
ANALYSIS_FAILED = Message("Анализ завершился ошибкой: {message}", "The analysis failed: {code}")
JOB_CANCELLED = Message("Задание отменено, результата нет", "The job was cancelled, there is no result")
ENDED_WITHOUT_RESULT = Message("Задание завершено без результата", "The job ended without a result")
ADMINISTRATORS_ONLY = Message(
    "Статистика всей системы доступна только администраторам",
    "The statistics of the whole system are available to administrators only",
)

NO_ZIP = Message("Задание не содержит ZIP архив", "The job has no ZIP archive")
INVALID_ZIP = Message("Некорректный ZIP файл: {reason}", "The ZIP file is invalid: {reason}")
ZIP_TRUNCATED = Message("архив обрывается", "the archive is truncated")
ZIP_TOO_MANY_FILES = Message(
    "слишком большое оглавление (не более {max_entries} файлов)",
    "the directory is too large (at most {max_entries} files)",
)
_ZIP64_RECORD_DAMAGED = Message("запись Zip64 повреждена", "the Zip64 record is damaged")
ZIP_FAULTS: Mapping[ZipFault, Message] = {
    ZipFault.NO_END_RECORD: ZIP_TRUNCATED,
    ZipFault.MULTIPLE_DISKS: Message(
        "многотомные архивы не поддерживаются", "archives in several volumes are not supported"
    ),
    ZipFault.ZIP64_RECORD_DAMAGED: _ZIP64_RECORD_DAMAGED,
    ZipFault.ZIP64_FIELD_MISSING: _ZIP64_RECORD_DAMAGED,
    ZipFault.DIRECTORY_OUTSIDE_FILE: Message(
        "оглавление выходит за пределы файла", "the directory lies outside the file"
    ),
    ZipFault.DIRECTORY_DAMAGED: Message("оглавление повреждено", "the directory is damaged"),
    ZipFault.DIRECTORY_TRUNCATED: Message("оглавление обрывается", "the directory is truncated"),
    ZipFault.ENTRY_COUNT_WRONG: Message(
        "число файлов не совпадает с заявленным", "the number of files is not the stated one"
    ),
    ZipFault.TOO_MANY_ENTRIES: ZIP_TOO_MANY_FILES,
    ZipFault.ENTRIES_OVERLAP: Message("файлы в архиве перекрываются", "files in the archive overlap"),
    ZipFault.ENTRY_OUTSIDE_ARCHIVE: ZIP_TRUNCATED,
}

HISTORY_SUBMITTED_WITHOUT_FILE = Message(
    "Задание №{number} создано и ждёт файл", "Job no. {number} was created and waits for a file"
)
HISTORY_SUBMITTED = Message("Задание №{number} создано, файл «{name}»", "Job no. {number} was created, file “{name}”")
HISTORY_DESCRIBED = Message("Изменены название или описание", "The title or the description was changed")
HISTORY_INPUT_ATTACHED = Message("Добавлен файл «{name}»", "The file “{name}” was added")
HISTORY_STARTED = Message("Анализ начат, попытка {attempt}", "The analysis was started, attempt {attempt}")
HISTORY_PROGRESSED = Message("Выполнено {progress} % (этап {stage})", "{progress} % done (stage {stage})")
HISTORY_COMPLETED = Message("Анализ завершён, результат готов", "The analysis was completed, the result is ready")
HISTORY_REQUEUED = Message(
    "Задание возвращено в очередь, попытка {attempt}", "The job was put back into the queue, attempt {attempt}"
)
HISTORY_CANCELLED = Message("Задание отменено", "The job was cancelled")
HISTORY_STATUS_SET = Message("Статус установлен вручную: {status}", "The status was set by hand: {status}")
HISTORY_DELETED = Message("Задание удалено", "The job was deleted")
HISTORY_UNKNOWN = Message(
    "Событие этого вида появилось позже, чем этот сервис", "This type of event is newer than this service"
)

JOBS_SECTION = Message("Задания", "Jobs")
LIST_JOBS = Message("Получение заданий пользователя", "List the caller's jobs")
LIST_JOBS_DESCRIPTION = Message(
    "Вернуть свои задания, новые первыми: все или отобранные по статусу и тексту.",
    "Return the caller's jobs, newest first: all, or those of a status and with a text.",
)
GET_JOB = Message("Получение задания", "Get a job")
GET_JOB_DESCRIPTION = Message(
    "Вернуть задание по UUID или номеру. `ETag` — его ревизия.",
    "Return a job by UUID or number. `ETag` is its revision.",
)
JOB_NOT_MODIFIED = Message(
    "Задание не изменилось с ревизии из If-None-Match", "The job has not changed since the revision in If-None-Match"
)
GET_RESULTS = Message("Получение результатов анализа", "Get the result of the analysis")
GET_RESULTS_DESCRIPTION = Message("Вернуть результат анализа.", "Return the result of the analysis.")
GET_WORKBOOK = Message("Результаты анализа в Excel", "Get the result of the analysis as an Excel workbook")
GET_WORKBOOK_DESCRIPTION = Message(
    "Вернуть результат анализа книгой Excel с листами Summary, Findings и Metrics.",
    "Return the result of the analysis as an Excel workbook with the sheets Summary, Findings and Metrics.",
)
WORKBOOK = Message("Книга Excel", "An Excel workbook")
GET_HISTORY = Message("История задания", "Get the history of a job")
GET_HISTORY_DESCRIPTION = Message(
    "Вернуть события задания по порядку: словами и как JSON; не более 1000 за раз.",
    "Return the events of a job in order: as sentences and as JSON; at most 1000 at a time.",
)
DOWNLOAD_JOB_FILE = Message("Скачивание файла задания", "Download the file of a job")
DOWNLOAD_JOB_FILE_DESCRIPTION = Message(
    "Скачать файл задания: целиком или частью (`Range`).", "Download the file of a job, whole or in part (`Range`)."
)
LIST_ARTIFACTS = Message("Файлы, созданные анализом", "List the files that the analysis created")
LIST_ARTIFACTS_DESCRIPTION = Message(
    "Перечислить файлы, созданные анализом: маску, DICOM SEG, изображения находок.",
    "List the files that the analysis created: the mask, the DICOM SEG, the images of findings.",
)
DOWNLOAD_ARTIFACT = Message("Скачивание файла, созданного анализом", "Download a file that the analysis created")
DOWNLOAD_ARTIFACT_DESCRIPTION = Message(
    "Скачать файл, созданный анализом.", "Download a file that the analysis created."
)
FILE = Message("Файл", "The file")
FILE_PART = Message("Часть файла, которую назвал Range", "The part of the file that Range names")
FILE_NOT_MODIFIED = Message("Файл не изменился", "The file has not changed")
LIST_ZIP = Message("Содержимое ZIP архива", "List the content of a ZIP archive")
LIST_ZIP_DESCRIPTION = Message(
    "Перечислить файлы архива. Сам архив не читается, только его оглавление.",
    "List the files of the archive. Only its directory is read, not the archive.",
)
GET_ZIP_INFO = Message("Информация о ZIP архиве", "Get the totals of a ZIP archive")
GET_ZIP_INFO_DESCRIPTION = Message("Вернуть сведения об архиве.", "Return the totals of the archive.")
GET_STATS = Message("Статистика заданий", "Get the statistics of jobs")
GET_STATS_DESCRIPTION = Message(
    "Вернуть очередь, время ожидания и анализа, ошибки по причинам: свои, администратору — всей системы.",
    "Return queue, waiting and running times and failures by reason: the caller's, for administrators the system's.",
)

MIN_REVISION = Message(
    "Ревизия из ETag команды: ответ подождёт, пока чтение её покажет",
    "The revision from a command's ETag: the response waits until reads show it",
)
STATUS_FILTER = Message(
    "Только задания с этим статусом; можно повторить с другим",
    "Only jobs with this status; may be repeated with others",
)
SEARCH = Message(
    "Только задания с этим текстом в названии, описании или имени файла (регистр не важен) или с этим номером",
    "Only jobs with this text in the title, the description or the file name (case does not matter), or of this number",
)
STATS_SCOPE = Message(
    "Чьи задания: `own` или, для администратора, `system`; без него — всё, что можно видеть",
    "Whose jobs: `own` or, for an administrator, `system`; by default all that the caller may see",
)

HISTORY_ENTRY = Message("Событие задания.", "An event of a job.")
EVENT_REVISION = Message("Номер события, с 0", "Number of the event, from 0")
EVENT_ACTOR = Message("Кто: `user:<id>` или `service:<имя>`", "Who caused it: `user:<id>` or `service:<name>`")
RESULTS_OUT = Message("Результат анализа.", "The result of an analysis.")
RESULTS_SOURCE = Message("Результат прочитан из сохранённого", "The result was read from the store")
ZIP_ENTRY_OUT = Message("Файл в архиве. Размеры в байтах.", "A file in an archive. Sizes in bytes.")
UNSAFE_NAME = Message(
    "Имя выводит за пределы папки при распаковке: `..`, абсолютный путь, диск или обратная косая черта",
    "Extracting under this name could write outside of the folder: `..`, an absolute path, a drive or a backslash",
)
ZIP_CONTENTS_OUT = Message("Содержимое архива, без папок.", "The content of an archive, without folders.")
JOB_NUMBER = Message("Номер задания", "Number of the job")
ZIP_TOTALS = Message("Файлы архива в сумме, без папок.", "Totals of the archive's files, without folders.")
COMPRESSION_RATIO = Message("Сжатый размер к исходному", "Compressed size divided by the original one")
ZIP_INFO_OUT = Message("Сведения об архиве.", "Totals of an archive.")
ARTIFACT_OUT = Message("Файл, созданный анализом.", "A file that the analysis created.")
SIZE_IN_BYTES = Message("Размер в байтах", "Size in bytes")
RELATIVE_URL = Message("Относительно адреса API", "Relative to the address of the API")

DURATIONS_OUT = Message(
    "Длительности в секундах. `p50` и `p95` — оценки, точные до 9 %; остальное точно до миллисекунды.",
    "Durations in seconds. `p50` and `p95` are estimates, at most 9 % off; the others are exact to the millisecond.",
)
MEAN = Message("null, если ещё нечего считать", "null if there is nothing to count yet")
WINDOW_OUT = Message("Что произошло с `since` до `as_of`.", "What happened from `since` to `as_of`.")
SINCE = Message(
    "Начало: до пяти минут (последний час) или до часа (последние сутки) раньше ровного срока",
    "The beginning: up to five minutes (last hour) or an hour (last day) earlier than the exact time",
)
SUBMITTED = Message("Создано заданий", "Jobs created")
COMPLETED = Message("Завершено с результатом", "Jobs completed with a result")
FAILED = Message("Завершено ошибкой", "Jobs failed")
CANCELLED = Message("Отменено", "Jobs cancelled")
ENDED_PER_HOUR = Message(
    "Завершено, с ошибкой или отменено, в среднем за час", "Jobs completed, failed or cancelled per hour on average"
)
WAITING_SECONDS = Message(
    "Ожидание анализа: с создания задания с файлом, добавления файла или возврата в очередь",
    "Waiting for an analyzer: since the job was created with a file, got its file or was put back into the queue",
)
RUNNING_SECONDS = Message(
    "Анализ: от начала до результата, ошибки или отмены",
    "Analysis: from its start to a result, a failure or a cancellation",
)
FAILURES_BY_REASON = Message(
    "Ошибки по причинам; `STATUS_SET` — статус установлен вручную",
    "Failures by reason; `STATUS_SET`: the status was set by hand",
)
WINDOWS_OUT = Message("Последний час и последние сутки.", "The last hour and the last day.")
STATS_OUT = Message(
    "Статистика заданий. Счёт идёт вслед за событиями и может отставать от них на секунды.",
    "Statistics of jobs. They follow the events and may be seconds behind.",
)
SCOPE_OUT = Message("Чьи задания: свои или всей системы", "Whose jobs: the caller's or the whole system's")
AS_OF = Message("Конец окон: время ответа", "The end of the windows: the time of the response")
COUNTED_UNTIL = Message(
    "Время последнего учтённого события; null, если их не было",
    "Time of the last counted event; null without any",
)
JOBS_BY_STATUS = Message("Сколько сейчас заданий в каждом статусе", "Current number of jobs by status")
