import { Table } from "../parts/table";
import { number, percent } from "../words/formats";
import { findingWords } from "../words/findings";
import { jobWords } from "../words/job";
import { Facts } from "../parts/facts";
import type { Metric, Result } from "./result";

/** The metrics of the run itself; all others compare with a reference. */
const OF_THE_RUN = ["processing_seconds", "voxels"];

/** The totals of a result, and how far it agrees with a reference where there was one. */
export function Measurements({ result: { summary, metrics } }: { result: Result }) {
  const agreement = metrics.filter(({ name }) => !OF_THE_RUN.includes(name));
  const run = metrics.filter(({ name }) => OF_THE_RUN.includes(name));
  return (
    <>
      <h2>{jobWords.summary}</h2>
      <Facts
        facts={[
          [jobWords.lesions, summary.lesions_count !== undefined && number(summary.lesions_count)],
          [jobWords.totalVolume, summary.total_volume !== undefined && findingWords.cubic(summary.total_volume)],
          [jobWords.meanConfidence, typeof summary.confidence === "number" && percent(summary.confidence)],
          ...run.map((metric) => [nameOf(metric), valueOf(metric)] as const),
        ]}
      />
      {agreement.length > 0 && <Agreement metrics={agreement} />}
    </>
  );
}

function Agreement({ metrics }: { metrics: readonly Metric[] }) {
  const columns = [
    { title: jobWords.name, cell: nameOf },
    { title: jobWords.value, cell: valueOf, numeric: true },
  ];
  return (
    <>
      <h2>{jobWords.metrics}</h2>
      <Table caption={jobWords.metrics} columns={columns} rows={metrics} keyOf={({ name }) => name} />
    </>
  );
}

function nameOf({ name }: Metric): string {
  return (jobWords.metricNames as Readonly<Record<string, string>>)[name] ?? name;
}

function valueOf({ value, unit = "1" }: Metric): string {
  return jobWords.unit(number(value, 3), unit);
}
