"""Every sentence about parked events for clients and for the OpenAPI document, in both languages."""

from chassis.commands.message import Message

NOTHING_PARKED = Message("Такого отложенного события нет", "No such event is parked")
WAITS_BEHIND_ANOTHER = Message(
    "Событие ждёт другое отложенное событие с тем же ключом: повторите его",
    "The event waits behind another parked event of the same key: retry that one",
)
DISCARDED = Message("Событие удалено из отложенных", "The event was discarded")

LIST_PARKED = Message("Отложенные события", "List the parked events")
LIST_PARKED_DESCRIPTION = Message(
    "Вернуть события всех сервисов, которые не удалось обработать, и те, что ждут за ними, в порядке топиков. "
    "Только для администраторов.",
    "Return the events of every service that could not be handled, and those that wait behind them, in the order of "
    "their topics. For administrators only.",
)
SHOW_PARKED = Message("Отложенное событие", "Show a parked event")
SHOW_PARKED_DESCRIPTION = Message(
    "Вернуть событие с его данными; тексты пользователей скрыты. Только для администраторов; обращение записывается.",
    "Return an event with its data; texts of users are hidden. For administrators only; the access is recorded.",
)
RETRY_PARKED = Message("Повторная обработка события", "Retry a parked event")
RETRY_PARKED_DESCRIPTION = Message(
    "Обработать событие ещё раз, в течение секунды, и затем те, что ждут за ним. Повтор запроса ничего не меняет. "
    "Только для администраторов; действие записывается.",
    "Handle an event again, within a second, and then those that wait behind it. A repeated request changes nothing. "
    "For administrators only; the action is recorded.",
)
DISCARD_PARKED = Message("Удаление отложенного события", "Discard a parked event")
DISCARD_PARKED_DESCRIPTION = Message(
    "Отказаться от события навсегда; те, что ждут за ним, будут обработаны. "
    "Только для администраторов; действие записывается.",
    "Drop an event for ever; those that wait behind it are handled. For administrators only; the action is recorded.",
)

PARKED = Message("Событие, которое не удалось обработать.", "An event that could not be handled.")
PARKED_WITH_DATA = Message("То же, и данные события.", "The same, and the event's data.")
GROUP = Message("Группа потребителей: кто не смог обработать", "The consumer group: who could not handle it")
STATE = Message(
    "`parked`: не обработано; `waiting`: ждёт такое событие с тем же ключом; `retry`: скоро будет обработано ещё раз",
    "`parked`: not handled; `waiting`: behind such an event of its key; `retry`: is about to be handled again",
)
ERROR = Message("Тип ошибки, без данных события", "The type of the error, without data of the event")
EVENT = Message("null, если сообщение не читается как событие", "null if the message can't be read as an event")
DATA = Message(
    "Данные события без текстов пользователей; null, если их нельзя прочитать",
    "The event's data without texts of users; null if it can't be read",
)
