import type { JobStatus } from "../api/models";

/** The statuses of a job, in the order of its life. */
export const STATUSES: readonly JobStatus[] = ["queued", "processing", "completed", "failed", "cancelled"];

/** How many jobs a page may have. */
export const PAGE_SIZES = [25, 50, 100] as const;

/** Which jobs the list shows. The address remembers it, so that back and reload lead to the same list. */
export interface Filters {
  readonly search: string;
  /** No status stands for every one. */
  readonly statuses: readonly JobStatus[];
  readonly skip: number;
  readonly limit: number;
}

/** Return the filters of an address's query. What makes no sense there is as if it were missing. */
export function filtersOf(query: Readonly<Record<string, string>>): Filters {
  const named = (query.status ?? "").split(",");
  return {
    search: query.search ?? "",
    statuses: STATUSES.filter((status) => named.includes(status)),
    skip: Math.max(0, Math.trunc(Number(query.skip)) || 0),
    limit: PAGE_SIZES.find((size) => String(size) === query.limit) ?? PAGE_SIZES[0],
  };
}

/** Return the address's query of filters: only what differs from the plain list. */
export function queryOf({ search, statuses, skip, limit }: Filters): Record<string, string> {
  return {
    ...(search && { search }),
    ...(statuses.length > 0 && { status: statuses.join(",") }),
    ...(skip > 0 && { skip: String(skip) }),
    ...(limit !== PAGE_SIZES[0] && { limit: String(limit) }),
  };
}

/** Return the filters with a status added, or removed if it was there. */
export function toggled(filters: Filters, status: JobStatus): Filters {
  const chosen = STATUSES.filter((known) => filters.statuses.includes(known) !== (known === status));
  return { ...filters, statuses: chosen.length === STATUSES.length ? [] : chosen, skip: 0 };
}

/** Whether the filters leave any job out. */
export function isFiltering({ search, statuses }: Filters): boolean {
  return search !== "" || statuses.length > 0;
}
