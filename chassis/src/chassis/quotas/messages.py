"""Every sentence of `chassis.quotas` for clients, in both languages."""

from chassis.commands.message import Message

TOO_MANY_BYTES = Message(
    "Место закончилось: занято {used} из {allowed} байт. Удалите ненужные файлы или задания",
    "There is no space left: {used} of {allowed} bytes are used. Delete files or jobs that you don't need",
)
TOO_MANY_FILES = Message(
    "Файлов уже {allowed}, больше хранить нельзя. Удалите ненужные файлы или задания",
    "You have {allowed} files, which is the limit. Delete files or jobs that you don't need",
)
TOO_MANY_JOBS = Message(
    "В очереди и в обработке уже {allowed} ваших заданий. Дождитесь, пока одно из них завершится",
    "You have {allowed} jobs that are queued or processing, which is the limit. Wait until one of them has ended",
)
