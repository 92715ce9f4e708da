import { Button } from "../parts/button";
import { Link } from "../parts/link";
import { Notice } from "../parts/notice";
import { jobsWords } from "../words/jobs";
import { type Filters, isFiltering } from "./filters";

/** What stands where no job is: the way to the first one, or back to all of them. */
export function NoJobs({ filters, onClear }: { filters: Filters; onClear: () => void }) {
  const all = <Button onClick={onClear}>{jobsWords.clear}</Button>;
  if (isFiltering(filters)) {
    return <Notice actions={all}>{jobsWords.nothingFound}</Notice>;
  }
  if (filters.skip > 0) {
    return <Notice actions={all}>{jobsWords.pageEmpty}</Notice>;
  }
  const upload = <Link to="upload" button="primary">{jobsWords.newJob}</Link>;
  return (
    <Notice actions={upload}>
      <p>{jobsWords.none}</p>
      <p class="quiet">{jobsWords.noneHint}</p>
    </Notice>
  );
}
