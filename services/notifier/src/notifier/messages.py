"""Every sentence of the notifier for clients, in both languages."""

from chassis.commands.message import Message

INVALID_TOKEN = Message("Недействительный токен", "The token is invalid")
TOKEN_REQUIRED = Message("Требуется авторизация", "Authentication is required")
TOO_MANY_CONNECTIONS = Message("Слишком много открытых соединений", "Too many connections are open")
