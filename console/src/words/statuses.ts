import type { JobStatus } from "../api/models";
import { words } from "./words";

/** The statuses of a job. */
export const statusWords: Readonly<Record<JobStatus, string>> = words({
  en: {
    queued: "Queued",
    processing: "Processing",
    completed: "Completed",
    failed: "Failed",
    cancelled: "Cancelled",
  },
  ru: {
    queued: "В очереди",
    processing: "Обрабатывается",
    completed: "Завершено",
    failed: "Ошибка",
    cancelled: "Отменено",
  },
});
