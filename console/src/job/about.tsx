import type { Job } from "../api/models";
import { StatusBadge } from "../parts/status-badge";
import { bytes, dateTime } from "../words/formats";
import { jobWords } from "../words/job";
import { Facts } from "../parts/facts";

/** What is known of a job besides its result. */
export function About({ job }: { job: Job }) {
  const size = job.file_size === null ? "" : ` (${bytes(job.file_size)})`;
  return (
    <section aria-label={jobWords.job}>
      {job.description && <p class="description">{job.description}</p>}
      <Facts
        facts={[
          [jobWords.status, <StatusBadge status={job.status} />],
          [jobWords.file, job.file_name && `${job.file_name}${size}`],
          [jobWords.created, dateTime(job.created_at)],
          [jobWords.updated, job.updated_at && dateTime(job.updated_at)],
        ]}
      />
    </section>
  );
}
