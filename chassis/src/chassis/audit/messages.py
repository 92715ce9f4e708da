"""Every sentence of the audit for clients and for the OpenAPI document, in both languages."""

from chassis.commands.message import Message

DID_NOT_EXIST_YET = Message("В этот момент ничего ещё не было", "Nothing existed at that time yet")
INVALID_POINT_IN_TIME = Message(
    "as_of: ожидается номер события или время, например 2024-05-17T12:00:00Z",
    "as_of: a revision or a timestamp is expected, for example 2024-05-17T12:00:00Z",
)

HISTORY_SUMMARY = Message("Аудит: история ({type})", "Audit: history ({type})")
HISTORY_DESCRIPTION = Message(
    "Вернуть историю и состояние на момент `as_of`, по умолчанию — на сейчас. Обращение записывается.",
    "Return the history and the state as of `as_of`, by default now. The access is recorded.",
)
VERIFY_SUMMARY = Message("Аудит: проверка цепочки хешей ({type})", "Audit: verification of the hash chain ({type})")
VERIFY_DESCRIPTION = Message(
    "Проверить цепочку хешей потока. Обращение записывается.",
    "Verify the hash chain of the stream. The access is recorded.",
)
AS_OF = Message(
    "Номер события (с 0) или время ISO 8601: история и состояние на этот момент",
    "Revision (from 0) or ISO 8601 timestamp: history and state as of then",
)

ENTRY = Message("Событие: когда, что, кто и почему.", "An event: time, type, actor and cause.")
ENTRY_REVISION = Message("Номер события, с 0", "Revision of the event, from 0")
ENTRY_ACTOR = Message("Кто: `user:<id>` или `service:<имя>`", "Actor: `user:<id>` or `service:<name>`")
ENTRY_SERVICE = Message("Сервис, который записал событие", "Service that recorded the event")
ENTRY_VERSION = Message("Его версия; пусто, если не записана", "Its version; empty if not recorded")
ENTRY_CAUSE = Message(
    "Событие-причина, `поток@номер`; пусто, если её нет", "Event that caused it, `stream@revision`; empty if none"
)
ENTRY_DEPTH = Message("Глубина в дереве причин", "Depth in the tree of causes")

HISTORY = Message("История и состояние, свёрнутое из неё.", "The history and the state folded from it.")
HISTORY_INTACT = Message("Цепочка хешей потока цела", "The hash chain of the stream is unbroken")

VERIFICATION = Message("Проверка цепочки хешей одного потока.", "Verification of the hash chain of one stream.")
VERIFICATION_HEAD = Message("Хеш последнего события", "Hash of the newest event")
