import type { JobStatus, Statistics } from "../api/models";
import { StatusBadge } from "../parts/status-badge";
import { Table } from "../parts/table";
import { number } from "../words/formats";
import { statisticsWords } from "../words/statistics";
import { statusWords } from "../words/statuses";
import { Chart } from "./chart";

const STATUSES = Object.keys(statusWords) as readonly JobStatus[];

/** How many jobs have each status now. */
export function StatusesSection({ jobs }: Pick<Statistics, "jobs">) {
  const values = STATUSES.map((status) => jobs[status] ?? 0);
  const columns = [
    { title: statisticsWords.status, cell: (status: JobStatus) => <StatusBadge status={status} /> },
    { title: statisticsWords.jobs, cell: (status: JobStatus) => number(jobs[status] ?? 0), numeric: true },
  ];
  return (
    <section class="with-chart">
      <div>
        <h2>{statisticsWords.byStatus}</h2>
        <Table caption={statisticsWords.byStatus} columns={columns} rows={STATUSES} keyOf={(status) => status} />
      </div>
      {values.some((value) => value > 0) && (
        <Chart
          title={statisticsWords.byStatus}
          groups={STATUSES.map((status) => statusWords[status])}
          series={[{ name: statisticsWords.jobs, colour: "--accent", values }]}
          format={number}
          counts
        />
      )}
    </section>
  );
}
