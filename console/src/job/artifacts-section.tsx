import { addressOf } from "../api/client";
import type { Artifact, Job } from "../api/models";
import { Table } from "../parts/table";
import { bytes } from "../words/formats";
import { jobWords } from "../words/job";
import { Download } from "./download";

interface ArtifactsProps {
  job: Job;
  artifacts: readonly Artifact[];
}

/** The files that an analysis made, and the results as a spreadsheet. */
export function ArtifactsSection({ job, artifacts }: ArtifactsProps) {
  const columns = [
    { title: jobWords.name, cell: ({ name }: Artifact) => name },
    { title: jobWords.size, cell: ({ size }: Artifact) => bytes(size), numeric: true },
    {
      title: jobWords.downloads,
      cell: ({ url, name }: Artifact) => (
        <Download url={url} name={name} label={jobWords.download(name)}>{jobWords.downloads}</Download>
      ),
    },
  ];
  const of = (what: string) => addressOf(`/jobs/{id}/${what}`, { id: job.id });
  return (
    <>
      <h2>{jobWords.artifacts}</h2>
      <div class="actions">
        <Download url={of("results.xlsx")} name="results.xlsx">{jobWords.download("results.xlsx")}</Download>
        <Download url={of("results")} name="results.json">{jobWords.download("results.json")}</Download>
      </div>
      <Table caption={jobWords.artifacts} columns={columns} rows={artifacts} keyOf={({ name }) => name} />
    </>
  );
}
