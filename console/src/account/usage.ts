import type { Quota } from "../api/models";

/** Return how much of a quota is used, from 0 to 1; null where it has no limit. */
export function usedShare({ used, allowed }: Quota): number | null {
  if (allowed === null) {
    return null;
  }
  return used >= allowed ? 1 : used / allowed;
}
