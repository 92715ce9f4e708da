import type { Job } from "../api/models";
import { jobWords } from "../words/job";

/** Return what a job is called: its title, else its number. */
export function titleOf(job: Pick<Job, "title" | "number">): string {
  return job.title || jobWords.untitled(job.number);
}
