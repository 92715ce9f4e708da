import type { Job } from "../api/models";
import { Link } from "../parts/link";
import { Progress } from "../parts/progress";
import { StatusBadge } from "../parts/status-badge";
import { type Column, Table } from "../parts/table";
import { bytes, dateTime } from "../words/formats";
import { jobsWords } from "../words/jobs";
import { isUnfinished } from "./progress";

/** The jobs of a page; the title leads to the job. */
export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  const columns: readonly Column<Job>[] = [
    { title: jobsWords.name, cell: (job) => <Name job={job} /> },
    { title: jobsWords.status, cell: (job) => <Status job={job} /> },
    { title: jobsWords.file, cell: (job) => <File job={job} /> },
    { title: jobsWords.created, cell: ({ created_at: time }) => <time dateTime={time}>{dateTime(time)}</time> },
  ];
  return <Table caption={jobsWords.found(jobs.length)} columns={columns} rows={jobs} keyOf={({ id }) => id} />;
}

function Name({ job }: { job: Job }) {
  return (
    <>
      <span class="quiet">{job.number}</span> <Link to="job" path={[job.id]}>{titleOf(job)}</Link>
      {job.description && <p class="quiet excerpt">{job.description}</p>}
    </>
  );
}

function Status({ job }: { job: Job }) {
  return (
    <span class="state">
      <StatusBadge status={job.status} />
      {isUnfinished(job) && <Progress share={job.progress / 100} label={jobsWords.progressOf(titleOf(job))} />}
    </span>
  );
}

function File({ job: { file_name: name, file_size: size } }: { job: Job }) {
  if (name === null) {
    return <span class="quiet">{jobsWords.noFile}</span>;
  }
  return (
    <>
      <span class="file-name">{name}</span> {size !== null && <span class="quiet">{bytes(size)}</span>}
    </>
  );
}

function titleOf(job: Job): string {
  return job.title ?? job.file_name ?? job.id;
}
