import { useEffect, useState } from "preact/hooks";
import type { JobStatus, Statistics } from "../api/models";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { number } from "../words/formats";
import { jobsWords } from "../words/jobs";
import { statusWords } from "../words/statuses";
import { type Filters, STATUSES, toggled } from "./filters";

const TYPING_PAUSE = 350;

interface FilterBarProps {
  filters: Filters;
  /** How many jobs have each status; null before that is known. */
  counts: Statistics["jobs"] | null;
  /** What is wrong with the search. */
  error: string | undefined;
  onChange: (filters: Filters) => void;
  /** The text of the search changes with each key: no step to come back to. */
  onSearch: (search: string) => void;
}

/** The search and the statuses to choose from, each with its number of jobs. */
export function FilterBar({ filters, counts, error, onChange, onSearch }: FilterBarProps) {
  const total = counts && STATUSES.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const plain = () => onChange({ ...filters, statuses: [], skip: 0 });
  return (
    <search class="filters">
      <SearchField search={filters.search} error={error} onSearch={onSearch} />
      <div class="statuses" role="group" aria-label={jobsWords.filter}>
        <Button pressed={filters.statuses.length === 0} onClick={plain}>
          {jobsWords.all} <Count count={total} />
        </Button>
        {STATUSES.map((status: JobStatus) => (
          <Button
            key={status}
            pressed={filters.statuses.includes(status)}
            onClick={() => onChange(toggled(filters, status))}
          >
            {statusWords[status]} <Count count={counts && (counts[status] ?? 0)} />
          </Button>
        ))}
      </div>
    </search>
  );
}

function Count({ count }: { count: number | null }) {
  return count === null ? null : <span class="count">{number(count)}</span>;
}

interface SearchFieldProps {
  search: string;
  error: string | undefined;
  onSearch: (search: string) => void;
}

/** The search: it asks when the reader stops typing. */
function SearchField({ search, error, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(search);
  useEffect(() => setText(search), [search]);
  useEffect(() => {
    const timer = setTimeout(() => text.trim() !== search && onSearch(text.trim()), TYPING_PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const field = { label: jobsWords.search, hint: jobsWords.searchHint, name: "search", type: "search" } as const;
  return <Field {...field} value={text} onInput={setText} error={error} />;
}
