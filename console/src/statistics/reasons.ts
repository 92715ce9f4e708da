import type { Statistics } from "../api/models";
import { failureText } from "../words/failures";

/** How often analyses failed for a reason. */
export interface ReasonRow {
  readonly code: string;
  readonly lastHour: number;
  readonly lastDay: number;
}

/** The code that statistics have for a status which was set by hand. */
const BY_HAND = "STATUS_SET";

/** Return the reasons of a day's failures, the most frequent first. */
export function reasonRows({ last_hour: hour, last_day: day }: Statistics["windows"]): readonly ReasonRow[] {
  const codes = new Set([...Object.keys(day.failures_by_reason), ...Object.keys(hour.failures_by_reason)]);
  const rows = [...codes].map((code) => ({
    code,
    lastHour: hour.failures_by_reason[code] ?? 0,
    lastDay: day.failures_by_reason[code] ?? 0,
  }));
  return rows.sort((one, other) => other.lastDay - one.lastDay || one.code.localeCompare(other.code));
}

/** Return what a reason means, as the page of a failed job says it. */
export function reasonText(code: string): string {
  return failureText(code === BY_HAND ? null : { code, message: code }).reason;
}
