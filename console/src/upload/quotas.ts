import type { CurrentUser } from "../api/models";
import { QuotaExceeded, TooLarge } from "./obstacles";

const QUOTAS = ["bytes", "files", "jobs_waiting"] as const;

/** What the server says of how much a user may send. */
export type Limits = Pick<CurrentUser, "quotas" | "max_upload_bytes">;

/** Return why a job with a file of `size` bytes would be refused, or null: its size first, which no deleted job helps. */
export function exceeded({ quotas, max_upload_bytes: allowed }: Limits, size: number): TooLarge | QuotaExceeded | null {
  return size > allowed ? new TooLarge(size, allowed) : exceededQuota(quotas, size);
}

function exceededQuota(quotas: Limits["quotas"], size: number): QuotaExceeded | null {
  const added = { bytes: size, files: 1, jobs_waiting: 1 };
  for (const name of QUOTAS) {
    const { used, allowed = null } = quotas[name];
    if (allowed !== null && used + added[name] > allowed) {
      return new QuotaExceeded(name, used, allowed);
    }
  }
  return null;
}
