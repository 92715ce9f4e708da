import type { JobStatus } from "../api/models";
import { statusWords } from "../words/statuses";

/** Where a job stands, in a word and a colour. */
export function StatusBadge({ status }: { status: JobStatus }) {
  return <span class={`status ${status}`}>{statusWords[status]}</span>;
}
