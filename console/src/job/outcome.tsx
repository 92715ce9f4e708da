import type { Job } from "../api/models";
import { Notice } from "../parts/notice";
import { failureText } from "../words/failures";
import { jobWords } from "../words/job";

/** Why a job has no result, and what to do about it; nothing where it has one, or may get one. */
export function Outcome({ job }: { job: Job }) {
  if (job.status === "failed") {
    const { reason, advice } = failureText(job.failure);
    return (
      <Notice kind="problem">
        <p><strong>{jobWords.failed}.</strong> {reason} {advice}</p>
        {job.failure && <p class="quiet"><code>{job.failure.code}</code></p>}
      </Notice>
    );
  }
  if (job.status === "cancelled") {
    return <Notice>{jobWords.cancelled}</Notice>;
  }
  if (job.status === "completed" && job.results_payload === null) {
    return <Notice>{jobWords.noResult}</Notice>;
  }
  return job.status === "queued" && job.file_name === null ? <Notice>{jobWords.waitsForFile}</Notice> : null;
}
