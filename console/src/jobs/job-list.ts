import { useEffect, useRef } from "preact/hooks";
import type { ApiError } from "../api/api-error";
import { api } from "../api/client";
import type { Job, Statistics } from "../api/models";
import { useResource } from "../parts/resource";
import type { Filters } from "./filters";
import { useLiveJobs } from "./live-jobs";
import { usePolling } from "./polling";
import { isUnfinished, MAX_SOCKETS } from "./progress";

/** The list is asked for again after these: the limit is 100 requests a minute, and another page may ask, too. */
const BUSY_INTERVAL = 15_000;
const IDLE_INTERVAL = 60_000;
/** Counts follow the events by a second or two. */
const SETTLING = 2_000;

/** The jobs that the list shows, and how many there are of each status; null before the first answer. */
export interface JobList {
  readonly jobs: readonly Job[] | null;
  readonly counts: Statistics["jobs"] | null;
  readonly problem: ApiError | null;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** Return the jobs that filters choose, kept up to date: by sockets where an analysis is under way, else by asking. */
export function useJobList(filters: Filters): JobList {
  const page = useResource((signal) => pageOf(filters, signal), [JSON.stringify(filters)]);
  const statistics = useResource((signal) => api.get("/stats", { query: { scope: "own" }, signal }), []);
  const reload = () => {
    page.reload();
    statistics.reload();
  };
  const jobs = useLiveJobs(page.data ?? [], useLater(reload, SETTLING));
  const isBusy = jobs.filter(isUnfinished).length > MAX_SOCKETS;
  usePolling(reload, isBusy ? BUSY_INTERVAL : IDLE_INTERVAL);
  const counts = statistics.data?.jobs ?? null;
  return { jobs: page.data && jobs, counts, problem: page.problem, loading: page.loading, reload };
}

function pageOf({ search, statuses, skip, limit }: Filters, signal: AbortSignal): Promise<Job[]> {
  return api.get("/jobs", { query: { search, status: [...statuses], skip, limit }, signal });
}

/** Return a function that acts a while after its last call, unless the screen is left. */
function useLater(act: () => void, pause: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(act, pause);
  };
}
