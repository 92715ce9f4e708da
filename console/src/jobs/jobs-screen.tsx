import "./jobs.css";
import { Link } from "../parts/link";
import { Page } from "../parts/page";
import { Paging } from "../parts/paging";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { Select } from "../parts/select";
import { go, route } from "../routes";
import { jobsWords } from "../words/jobs";
import { FilterBar } from "./filter-bar";
import { type Filters, filtersOf, PAGE_SIZES, queryOf } from "./filters";
import { useJobList } from "./job-list";
import { JobTable } from "./job-table";
import { NoJobs } from "./no-jobs";

/** The list of jobs, newest first. */
export default function JobsScreen() {
  const filters = filtersOf(route.value.query);
  const { jobs, counts, problem, reload } = useJobList(filters);
  const show = (changes: Partial<Filters>) => go("jobs", [], queryOf({ ...filters, ...changes }));
  const search = (text: string) => go("jobs", [], queryOf({ ...filters, search: text, skip: 0 }), { replace: true });
  const wrongSearch = problem?.fields.search;
  return (
    <Page title={jobsWords.title} actions={<Link to="upload" button="primary">{jobsWords.newJob}</Link>}>
      <FilterBar filters={filters} counts={counts} error={wrongSearch} onChange={show} onSearch={search} />
      <ProblemNotice problem={wrongSearch === undefined ? problem : null} onRetry={reload} />
      {jobs === null && problem === null && <Loading />}
      {jobs?.length === 0 && <NoJobs filters={filters} onClear={() => show({ search: "", statuses: [], skip: 0 })} />}
      {jobs !== null && jobs.length > 0 && <JobTable jobs={jobs} />}
      {jobs !== null && <Pages filters={filters} count={jobs.length} onChange={show} />}
    </Page>
  );
}

interface PagesProps {
  filters: Filters;
  count: number;
  onChange: (changes: Partial<Filters>) => void;
}

/** The way through the pages, and how long they are. */
function Pages({ filters: { skip, limit }, count, onChange }: PagesProps) {
  if (skip === 0 && count < PAGE_SIZES[0]) {
    return null;
  }
  const options = PAGE_SIZES.map((size) => ({ value: String(size), label: jobsWords.perPageOf(size) }));
  const resize = (size: string) => onChange({ limit: Number(size), skip: 0 });
  return (
    <div class="pages">
      <Paging skip={skip} limit={limit} count={count} onSkip={(next) => onChange({ skip: next })} />
      <Select label={jobsWords.perPage} value={String(limit)} options={options} onChange={resize} quiet />
    </div>
  );
}
