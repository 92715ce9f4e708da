"""Every sentence of identity for clients and for the OpenAPI document, in both languages."""

from chassis.commands.message import Message

USERNAME_TAKEN = Message("Username уже занят", "The username is already taken")
EMAIL_TAKEN = Message("Email уже зарегистрирован", "The email is already registered")
WRONG_CREDENTIALS = Message("Неверное имя пользователя или пароль", "Wrong username or password")
TOO_MANY_TRIES = Message(
    "Слишком много неудачных попыток входа под этим именем: повторите через {seconds} с",
    "Too many log-ins with this name have failed: try again in {seconds} s",
)
WRONG_CURRENT_PASSWORD = Message("Неверный текущий пароль", "The current password is wrong")
CURRENT_PASSWORD_REQUIRED = Message(
    "нужен текущий пароль, чтобы сменить пароль", "the current password is required to change a password"
)
LOGGED_OUT = Message("Вы вышли из системы", "You are logged out")
USER_NOT_FOUND = Message("Пользователь не найден", "The user is not found")
SIGNING_KEY_NOT_FOUND = Message("Ключ подписи не найден", "No signing key has this id")
NOT_ACCOUNT_OWNER = Message(
    "Недостаточно прав: это учётная запись другого пользователя", "Permission denied: this is another user's account"
)
USER_DELETED = Message("Пользователь успешно удален", "The user has been deleted")

USERNAME_WITH_OUTER_BLANK = Message(
    "имя не может начинаться или заканчиваться пробелом", "the username can't begin or end with a space"
)
USERNAME_INVISIBLE = Message(
    "имя не может содержать управляющие и невидимые символы",
    "the username can't have control characters or invisible characters",
)
USERNAME_CHARACTERS = Message(
    "имя может содержать буквы, цифры, знаки ASCII и одиночные пробелы между словами",
    "the username may have letters, digits, ASCII punctuation, and single spaces between words",
)
USERNAME_MIXED_SCRIPTS = Message(
    "все буквы имени должны быть из одного общеупотребительного алфавита",
    "all letters of the username must be of one script in common use",
)
NAME_WITH_DIRECTION_CONTROLS = Message(
    "имя не может содержать символы, меняющие направление письма",
    "the name can't have characters that change the direction of writing",
)
INVALID_EMAIL = Message("некорректный адрес электронной почты", "the email address is not valid")
TEXT_WITH_CONTROL_CHARACTERS = Message(
    "текст не может содержать управляющие символы", "the text can't have control characters"
)
LINE_WITH_CONTROL_CHARACTERS = Message(
    "строка не может содержать управляющие символы", "the string can't have control characters"
)
NOT_A_WEB_ADDRESS = Message(
    "нужен адрес, который начинается с http:// или https://", "a URL that begins with http:// or https:// is expected"
)
PASSWORD_TOO_COMMON = Message(
    "слишком распространённый пароль: его подбирают первым, выберите другой",
    "the password is too common: it is among the first that attackers try, choose another one",
)
NULL_NOT_ALLOWED = Message("значение не может быть null", "the value can't be null")

AUTHENTICATION_SECTION = Message("Аутентификация", "Authentication")
USERS_SECTION = Message("Пользователи", "Users")
REGISTER_USER = Message("Регистрация", "Register")
REGISTER_USER_DESCRIPTION = Message(
    "Зарегистрировать пользователя. `username` и `email` уникальны.",
    "Register a user. `username` and `email` are unique.",
)
LOG_IN = Message("Вход в систему", "Log in")
LOG_IN_DESCRIPTION = Message(
    "Получить токен для заголовка `Authorization: Bearer <token>`.",
    "Get a token for the header `Authorization: Bearer <token>`.",
)
LOG_OUT = Message("Выход из системы", "Log out")
LOG_OUT_DESCRIPTION = Message(
    "Отозвать токен запроса: он больше не действует, и его WebSocket-соединения закрываются. Другие токены остаются.",
    "Revoke the token of the request: it is not valid any more, and its WebSockets are closed. Other tokens stay.",
)
GET_CURRENT_USER = Message("Текущий пользователь", "The current user")
GET_CURRENT_USER_DESCRIPTION = Message(
    "Вернуть пользователя, которому принадлежит токен.", "Return the user whom the token belongs to."
)
GET_PUBLIC_KEYS = Message("Открытые ключи токенов", "Public keys of the tokens")
GET_PUBLIC_KEYS_DESCRIPTION = Message(
    "Вернуть открытые ключи, которыми проверяется подпись токенов (RFC 7517).",
    "Return the public keys that verify the signature of tokens (RFC 7517).",
)
LIST_USERS = Message("Список пользователей", "List the users")
LIST_USERS_DESCRIPTION = Message(
    "Вернуть пользователей по порядку регистрации. Чужой `email` виден только администратору.",
    "Return the users in the order of registration. Only an administrator sees others' `email`.",
)
GET_USER_BY_USERNAME = Message("Пользователь по имени", "A user by username")
GET_USER_BY_USERNAME_DESCRIPTION = Message(
    "Найти пользователя по имени, с учётом регистра.", "Find a user by username; case matters."
)
GET_USER = Message("Пользователь по ID", "A user by ID")
GET_USER_DESCRIPTION = Message(
    "Вернуть пользователя. Чужой `email` виден только администратору.",
    "Return a user. Only an administrator sees others' `email`.",
)
UPDATE_USER = Message("Изменение пользователя", "Change a user")
UPDATE_USER_DESCRIPTION = Message(
    "Изменить свою учётную запись (администратор — любую). Вместе с `password` нужен `current_password`. "
    "После смены пароля все токены пользователя недействительны, и его WebSocket-соединения закрываются.",
    "Change one's own account (an administrator: any account). `password` requires `current_password`. "
    "After a change of the password all tokens of the user are invalid, and the user's WebSockets are closed.",
)
DELETE_USER = Message("Удаление пользователя", "Delete a user")
DELETE_USER_DESCRIPTION = Message(
    "Удалить свою учётную запись (администратор — любую) вместе с её файлами и заданиями.",
    "Delete one's own account (an administrator: any account) with its files and jobs.",
)
ADMIN = Message(
    "Даёт ли токен права администратора: назначенному администратору нужно войти заново",
    "Whether the token has the rights of an administrator: who was made one logs in again",
)
MAX_UPLOAD_BYTES = Message(
    "Наибольший размер загружаемого файла, в байтах", "The largest size of an uploaded file, in bytes"
)
USER_ID = Message("ID пользователя", "The user's ID")
USERNAME_RULE = Message(
    "Уникальное имя по RFC 8265, регистр важен: буквы одного алфавита, цифры, знаки ASCII и одиночные пробелы внутри",
    "A unique name by RFC 8265; case matters: letters of one script, digits, ASCII punctuation, single spaces inside",
)
PASSWORD_RULE = Message(
    "6-24 символа; самые распространённые пароли не принимаются", "6-24 characters; the commonest passwords are refused"
)
CURRENT_PASSWORD_RULE = Message(
    "Текущий пароль того, кто отправляет запрос", "The present password of the one who sends the request"
)
EMAIL_RULE = Message("Уникальный адрес, регистр не важен", "A unique address; case does not matter")
WEB_ADDRESS_RULE = Message("Адрес http(s)", "An http(s) URL")
