import type { JobUpdate } from "../api/job-connection";
import type { Job } from "../api/models";

/** How many jobs of the list have a socket: a user has five, and the page of a job needs one. */
export const MAX_SOCKETS = 4;

/** Whether an analysis may still change a job. */
export function isUnfinished({ status }: Pick<Job, "status">): boolean {
  return status === "queued" || status === "processing";
}

/** Return the jobs that sockets should follow: those that are being analysed, then those that have waited longest. */
export function followed(newestFirst: readonly Job[]): readonly string[] {
  const unfinished = newestFirst.filter(isUnfinished).reverse();
  unfinished.sort((one, other) => urgency(one) - urgency(other));
  return unfinished.slice(0, MAX_SOCKETS).map(({ id }) => id);
}

/** Return a job with what its socket told since the list was answered. */
export function updated(job: Job, update: JobUpdate | undefined): Job {
  return update === undefined || timeOf(update) < timeOf(job) ? job : { ...job, ...withoutRevision(update) };
}

function urgency({ status, file_name: file }: Job): number {
  return status === "processing" ? 0 : file === null ? 2 : 1;
}

function timeOf({ updated_at: time }: Pick<Job, "updated_at">): number {
  return time === null ? 0 : Date.parse(time);
}

function withoutRevision({ revision: _, ...states }: JobUpdate): Omit<JobUpdate, "revision"> {
  return states;
}
