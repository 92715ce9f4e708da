"""Every sentence of storage for clients and for the OpenAPI document, in both languages."""

from chassis.commands.message import Message

FILE_NOT_FOUND = Message("Файл не найден", "The file is not found")
INVALID_FILE_NAME = Message(
    "Недопустимое имя файла: до 1024 байт, без управляющих символов, символов смены направления текста, "
    "обратной косой черты и путей вида '..'",
    "The file name is not allowed: up to 1024 bytes, without control characters, text direction controls, backslashes "
    "and paths such as '..'",
)
INVALID_BUCKET = Message(
    "Недопустимое имя bucket: 3-63 символа из a-z, 0-9, точки и дефиса",
    "The bucket name is not allowed: 3-63 characters of a-z, 0-9, dot and hyphen",
)
RESERVED_BUCKET = Message("Имя bucket '{bucket}' зарезервировано", "The bucket name '{bucket}' is reserved")

FILE_UPLOADED = Message("Файл успешно загружен", "The file has been uploaded")
FILE_DELETED = Message("Файл '{name}' успешно удален", "The file '{name}' has been deleted")

FILES_SECTION = Message("Файлы", "Files")
UPLOAD_FILE = Message("Загрузка файла", "Upload a file")
UPLOAD_FILE_DESCRIPTION = Message(
    "Загрузить файл. Файл с тем же именем в том же bucket заменяется; имя может содержать папки через `/`.",
    "Upload a file. It replaces the file of the same name in the same bucket; the name may have folders, with `/`.",
)
LIST_FILES = Message("Список файлов", "List files")
LIST_FILES_DESCRIPTION = Message(
    "Вернуть свои файлы по порядку имён. Bucket без файлов — пустой список.",
    "Return the caller's files in the order of their names. A bucket without files is an empty list.",
)
DOWNLOAD_FILE = Message("Скачивание файла", "Download a file")
DOWNLOAD_FILE_DESCRIPTION = Message(
    "Скачать файл целиком или частью (`Range`).", "Download a file, whole or in part (`Range`)."
)
DELETE_FILE = Message("Удаление файла", "Delete a file")
DELETE_FILE_DESCRIPTION = Message("Удалить файл.", "Delete a file.")
GET_FILE_URL = Message("Ссылка на файл", "Get a file's URL")
GET_FILE_URL_DESCRIPTION = Message(
    "Получить ссылку, по которой файл скачивается без токена, пока она не истечёт.",
    "Return a URL that downloads the file without a token until it expires.",
)
BUCKET_IN_QUERY = Message("3-63 символа: a-z, 0-9, точка, дефис", "3-63 characters: a-z, 0-9, dot, hyphen")
UPLOAD_BUCKET_IN_QUERY = Message(
    "3-63 символа: a-z, 0-9, точка, дефис; можно передать и полем формы",
    "3-63 characters: a-z, 0-9, dot, hyphen; may also be a field of the form",
)
PREFIX = Message("Начало имени", "The beginning of the name")
EXPIRES = Message("Время жизни ссылки в секундах", "How long the URL is valid, in seconds")
