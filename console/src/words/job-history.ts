import type { HistoryEntry } from "../api/models";
import { statusWords } from "./statuses";
import { jobWords } from "./job";
import { words } from "./words";

type Data = Readonly<Record<string, unknown>>;

const eventWords = words({
  en: {
    "job-submitted": ({ number, input }: Data) => `Job no. ${number} was created${fileOf(input, ", file ")}`,
    "job-described": () => "The title or the description was changed",
    "job-input-attached": ({ input }: Data) => `The file was added${fileOf(input, ": ")}`,
    "analysis-started": ({ attempt }: Data) => `The analysis was started, attempt ${attempt}`,
    "analysis-progressed": ({ progress, stage }: Data) => `${progress} % done: ${stageOf(stage)}`,
    "analysis-completed": () => "The analysis was completed, the result is ready",
    "analysis-failed": ({ reason }: Data) => `The analysis failed (${reason})`,
    "job-requeued": ({ attempt }: Data) => `The job was put back into the queue, attempt ${attempt}`,
    "job-cancelled": () => "The job was cancelled",
    "job-status-set": ({ status }: Data) => `The status was set by hand: ${statusOf(status)}`,
    "job-deleted": () => "The job was deleted",
    service: (name: string) => `Service ${name}`,
    user: (id: string) => `User ${id}`,
    you: "You",
  },
  ru: {
    "job-submitted": ({ number, input }) => `Задание №${number} создано${fileOf(input, ", файл ")}`,
    "job-described": () => "Изменены название или описание",
    "job-input-attached": ({ input }) => `Добавлен файл${fileOf(input, ": ")}`,
    "analysis-started": ({ attempt }) => `Анализ начат, попытка ${attempt}`,
    "analysis-progressed": ({ progress, stage }) => `Выполнено ${progress} %: ${stageOf(stage)}`,
    "analysis-completed": () => "Анализ завершён, результат готов",
    "analysis-failed": ({ reason }) => `Анализ завершился ошибкой (${reason})`,
    "job-requeued": ({ attempt }) => `Задание возвращено в очередь, попытка ${attempt}`,
    "job-cancelled": () => "Задание отменено",
    "job-status-set": ({ status }) => `Статус установлен вручную: ${statusOf(status)}`,
    "job-deleted": () => "Задание удалено",
    service: (name) => `Сервис ${name}`,
    user: (id) => `Пользователь ${id}`,
    you: "Вы",
  },
});

/** Return what happened, in the reader's language: the API's own sentence is Russian, and stands for events not known here. */
export function eventText({ type, text, data }: HistoryEntry): string {
  const name = type.replace(/^jobs\./, "").replace(/\.v\d+$/, "");
  const said = (eventWords as unknown as Readonly<Record<string, unknown>>)[name];
  return typeof said === "function" ? String(said(data)) : text;
}

/** Return who caused an event: `user:1` or `service:analyzer`. */
export function actorText(actor: string, ownId: number | null): string {
  const [kind = "", name = ""] = actor.split(":", 2);
  if (kind === "user") {
    return Number(name) === ownId ? eventWords.you : eventWords.user(name);
  }
  return kind === "service" ? eventWords.service(name) : actor;
}

function fileOf(input: unknown, before: string): string {
  const name = (input as { name?: unknown } | null)?.name;
  return typeof name === "string" ? `${before}“${name}”` : "";
}

function stageOf(stage: unknown): string {
  return (jobWords.stages as Readonly<Record<string, string>>)[String(stage)] ?? String(stage);
}

function statusOf(status: unknown): string {
  return (statusWords as Readonly<Record<string, string>>)[String(status)] ?? String(status);
}
