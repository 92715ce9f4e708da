import { useMemo } from "preact/hooks";
import { api } from "../api/client";
import type { Job } from "../api/models";
import { ProblemNotice } from "../parts/problem-notice";
import { useResource } from "../parts/resource";
import { type FindingFocus, findingFocus } from "../viewer/finding-focus";
import { jobWords } from "../words/job";
import { ArtifactsSection } from "./artifacts-section";
import { FindingsTable } from "./findings-table";
import { ImageSection } from "./image-section";
import { Measurements } from "./measurements";
import { ProvenanceSection } from "./provenance-section";
import { type Result, resultOf } from "./result";
import { Warnings } from "./warnings";

/** The result of a completed job. That it is for research only stands where the numbers are. */
export function ResultsSection({ job }: { job: Job }) {
  const result = useMemo(() => resultOf(job.results_payload ?? {}), []);
  const focus = useMemo(() => onFirst(result), []);
  const files = useResource(
    (signal) => api.get("/jobs/{job_id}/artifacts", { path: { job_id: job.id }, signal }),
    [job.id],
  );
  return (
    <section aria-label={jobWords.results}>
      <p class="research">{jobWords.researchOnly}</p>
      <Warnings warnings={result.warnings} />
      <h2>{jobWords.findings}</h2>
      <FindingsTable findings={result.findings} focus={focus} />
      <ProblemNotice problem={files.problem} onRetry={files.reload} />
      {files.data && <ImageSection artifacts={files.data} result={result} focus={focus} />}
      <Measurements result={result} />
      {files.data && <ArtifactsSection job={job} artifacts={files.data} />}
      <ProvenanceSection result={result} />
    </section>
  );
}

/** The image opens where there is something to see. */
function onFirst({ findings }: Result): FindingFocus {
  const focus = findingFocus();
  const centre = findings[0]?.location_lps_mm;
  focus.asked.value = centre ? { lps: [centre.x, centre.y, centre.z] } : null;
  return focus;
}
