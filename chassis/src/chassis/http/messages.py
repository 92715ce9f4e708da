"""Every sentence of `chassis.http` for clients and for the OpenAPI document, in both languages."""

from collections.abc import Mapping

from chassis.commands.message import Message

STATUS_DETAILS: Mapping[int, Message] = {
    400: Message("Некорректные данные запроса", "The request is malformed"),
    401: Message("Требуется авторизация", "Authentication is required"),
    403: Message("Недостаточно прав", "Permission denied"),
    404: Message("Не найдено", "Not found"),
    405: Message("Метод не поддерживается", "The method is not allowed"),
    408: Message("Запрос не пришёл вовремя", "The request did not arrive in time"),
    409: Message("Конфликт с текущим состоянием", "Conflict with the current state"),
    413: Message("Тело запроса слишком большое", "The request body is too large"),
    416: Message("Запрошенный диапазон вне файла", "The requested range is outside the file"),
    422: Message("Ошибка валидации", "Validation failed"),
    429: Message("Слишком много запросов", "Too many requests"),
    431: Message("Слишком большие заголовки запроса", "The request headers are too large"),
    500: Message("Внутренняя ошибка сервера", "Internal server error"),
    501: Message("Такая передача тела не поддерживается", "This transfer of a body is not supported"),
    503: Message(
        "Сервис временно недоступен, повторите запрос позже", "The service is temporarily unavailable, try again later"
    ),
    507: Message(
        "В хранилище не осталось места, файл не сохранён", "The storage has no space left, the file was not stored"
    ),
}
"""The `detail` of an error that has no sentence of its own, by status."""

INVALID_TOKEN = Message("Недействительный токен", "The token is invalid")
INVALID_LINK = Message("Ссылка недействительна или устарела", "The link is invalid or has expired")
FILE_NOT_FOUND = Message("Файл не найден", "The file is not found")
BODY_TOO_LARGE = Message(
    "Тело запроса слишком большое: не более {max_bytes} байт",
    "The request body is too large: at most {max_bytes} bytes",
)
INVALID_IDEMPOTENCY_KEY = Message(
    "Idempotency-Key: от 1 до 255 видимых символов ASCII", "Idempotency-Key: 1 to 255 visible ASCII characters"
)
IDEMPOTENCY_KEY_REUSED = Message(
    "Idempotency-Key уже использован для запроса с другим содержимым: повторите тот запрос без изменений"
    " или возьмите новый ключ",
    "The Idempotency-Key was used for a request with other content: repeat that request unchanged, or use a new key",
)

MALFORMED_BODY = Message("Некорректное тело запроса", "The request body is malformed")
FORM_EXPECTED = Message("Ожидается форма multipart/form-data", "A multipart/form-data form is expected")
ONE_FILE_EXPECTED = Message("Ожидается один файл", "One file is expected")
INVALID_FILE_NAME = Message("Недопустимое имя файла", "The file name is not allowed")
INVALID_CHARACTER = Message("Недопустимый символ в тексте", "The text has a character that is not allowed")
FIELDS_NOT_UTF8 = Message("Поля формы должны быть в UTF-8", "The form fields must be UTF-8")
FIELDS_TOO_LARGE = Message(
    "Поля формы слишком большие: не более {max_bytes} байт",
    "The form fields are too large: at most {max_bytes} bytes",
)
TOO_MANY_FIELDS = Message(
    "Слишком много полей формы: не более {max_fields}", "The form has too many fields: at most {max_fields}"
)
FILE_TOO_LARGE = Message(
    "Файл слишком большой: не более {max_bytes} байт", "The file is too large: at most {max_bytes} bytes"
)
FILE_EXPECTED = Message("Файл ожидается в поле {field}", "The file is expected in the field {field}")

JOB_REFERENCE = Message("UUID задания или его номер", "The job's UUID or its number")
SKIP = Message("Сколько записей пропустить", "How many entries to skip")
LIMIT = Message("Сколько записей вернуть", "How many entries to return")

HEALTHY = Message("FastAPI и MinIO работают корректно", "FastAPI and MinIO work correctly")
EVENT_STORE_UNAVAILABLE = Message("Журнал событий недоступен", "The event store is unavailable")
DOCUMENT_STORE_UNAVAILABLE = Message("База данных недоступна для записи", "The database can't be written to")
OBJECT_STORE_UNAVAILABLE = Message("Хранилище файлов недоступно", "The file storage is unavailable")

_STRING_EXPECTED = Message("Ожидается строка", "A string is expected")
_INTEGER_EXPECTED = Message("Ожидается целое число", "An integer is expected")
_NUMBER_EXPECTED = Message("Ожидается число", "A number is expected")
_BOOLEAN_EXPECTED = Message("Ожидается true или false", "true or false is expected")
_UUID_EXPECTED = Message("Ожидается UUID", "A UUID is expected")
_OBJECT_EXPECTED = Message("Ожидается объект JSON", "A JSON object is expected")
_ALLOWED_VALUES = Message("Допустимые значения: {expected}", "Allowed values: {expected}")
FIELD_ERRORS: Mapping[str, Message] = {
    "missing": Message("Обязательное поле", "The field is required"),
    "extra_forbidden": Message("Неизвестное поле", "The field is unknown"),
    "json_invalid": Message("Некорректный JSON", "The JSON is malformed"),
    "string_type": _STRING_EXPECTED,
    "string_unicode": Message("Ожидается строка в UTF-8", "A UTF-8 string is expected"),
    "string_unusable": INVALID_CHARACTER,
    "string_too_short": Message("Длина не менее {min_length}", "The length must be at least {min_length}"),
    "string_too_long": Message("Длина не более {max_length}", "The length must be at most {max_length}"),
    "string_pattern_mismatch": Message("Недопустимый формат", "The format is not allowed"),
    "int_type": _INTEGER_EXPECTED,
    "int_parsing": _INTEGER_EXPECTED,
    "int_parsing_size": Message("Слишком большое число", "The number is too large"),
    "int_from_float": _INTEGER_EXPECTED,
    "float_type": _NUMBER_EXPECTED,
    "float_parsing": _NUMBER_EXPECTED,
    "finite_number": Message("Ожидается конечное число", "A finite number is expected"),
    "bool_type": _BOOLEAN_EXPECTED,
    "bool_parsing": _BOOLEAN_EXPECTED,
    "uuid_type": _UUID_EXPECTED,
    "uuid_parsing": _UUID_EXPECTED,
    "enum": _ALLOWED_VALUES,
    "literal_error": _ALLOWED_VALUES,
    "greater_than": Message("Больше {gt}", "The value must be greater than {gt}"),
    "greater_than_equal": Message("Не меньше {ge}", "The value must be at least {ge}"),
    "less_than": Message("Меньше {lt}", "The value must be less than {lt}"),
    "less_than_equal": Message("Не больше {le}", "The value must be at most {le}"),
    "dict_type": _OBJECT_EXPECTED,
    "model_type": _OBJECT_EXPECTED,
    "model_attributes_type": _OBJECT_EXPECTED,
    "list_type": Message("Ожидается список", "A list is expected"),
}
"""The `msg` of an invalid field, by pydantic's error type; placeholders are the names in the error's `ctx`."""

SYSTEM_SECTION = Message("Система", "System")
FILES_SECTION = Message("Файлы", "Files")
RESPONSE_DESCRIPTIONS: Mapping[int, Message] = {
    400: STATUS_DETAILS[400],
    401: Message("Неавторизованный доступ", "Unauthorized"),
    403: STATUS_DETAILS[403],
    404: Message("Ресурс не найден", "The resource is not found"),
    408: STATUS_DETAILS[408],
    409: Message("Конфликт", "Conflict"),
    413: Message("Слишком большой файл или запрос", "The file or the request is too large"),
    416: Message("Диапазон вне файла", "The range is outside the file"),
    422: STATUS_DETAILS[422],
    429: Message("Превышен лимит запросов", "The rate limit is exceeded"),
    431: STATUS_DETAILS[431],
    500: STATUS_DETAILS[500],
    503: Message("Сервис временно недоступен", "The service is temporarily unavailable"),
    507: Message("В хранилище не осталось места", "The storage has no space left"),
}
"""The description of an error response in the OpenAPI document, by status."""
PROBLEM = Message("Описание ошибки.", "An error.")
FIELD_PROBLEM = Message("Что не так с одним полем запроса.", "The error of one field of a request.")
VALIDATION_PROBLEM = Message(
    "Ошибка валидации: список полей или одно предложение.", "A validation error: a list of fields, or one sentence."
)
BEARER_TOKEN = Message("Токен из `POST /auth/login`", "The token from `POST /auth/login`")
IDEMPOTENCY_KEY = Message(
    "Повтор запроса с тем же ключом ничего не меняет второй раз; тот же ключ с другим содержимым — 422. Ключ хранится"
    " бессрочно (до 255 видимых символов ASCII)",
    "A repeated request with the same key changes nothing a second time; the same key with other content is a 422. A"
    " key is kept for ever (up to 255 visible ASCII characters)",
)
GET_HEALTH = Message("Проверка здоровья системы", "Check the system's health")
HEALTHY_BODY = Message(
    "Состояние системы; `minio_endpoint` говорит, где лежат файлы.",
    "The system's health; `minio_endpoint` is the address of the file storage.",
)
UNHEALTHY_BODY = Message("То же, и причина в форме всех ошибок.", "The same, and the reason as in every error.")
UNHEALTHY = Message("Хранилище недоступно", "A store is unavailable")
READY_BODY = Message(
    "Ответ на вопрос о жизни и готовности процесса.", "The answer to a liveness or readiness probe of the process."
)
DOWNLOAD_BY_LINK = Message("Скачать файл по временной ссылке", "Download a file by a temporary link")
DOWNLOAD_BY_LINK_DESCRIPTION = Message(
    "Скачать файл целиком или частью (`Range`), без токена, пока ссылка действует.",
    "Download a file, whole or in part (`Range`), without a token, as long as the link is valid.",
)
FILE_CONTENT = Message("Содержимое файла", "The file's content")
FILE_PART = Message("Запрошенная часть файла", "The requested part of the file")
FILE_NOT_MODIFIED = Message("Файл не изменился", "The file has not changed")
