import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { HistoryEntry, Job } from "../api/models";
import { Button } from "../parts/button";
import { Paging } from "../parts/paging";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { useResource } from "../parts/resource";
import { Table } from "../parts/table";
import { session } from "../session/token";
import { dateTime } from "../words/formats";
import { jobWords } from "../words/job";
import { actorText, eventText } from "../words/job-history";

const LIMIT = 20;

/** What happened to a job, event by event. It is asked for when it is opened, and again when the status changes. */
export function HistorySection({ job }: { job: Job }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="heading">{jobWords.history}</summary>
      {isOpen && <History job={job} />}
    </details>
  );
}

function History({ job }: { job: Job }) {
  const [skip, setSkip] = useState(0);
  const ask = (signal: AbortSignal) =>
    api.get("/jobs/{job_id}/history", { path: { job_id: job.id }, query: { limit: LIMIT, skip }, signal });
  const { data, problem, reload } = useResource(ask, [job.id, job.status, skip]);
  if (data === null) {
    return problem ? <ProblemNotice problem={problem} onRetry={reload} /> : <Loading />;
  }
  return (
    <>
      <ProblemNotice problem={problem} onRetry={reload} />
      <Table caption={jobWords.history} columns={columns()} rows={data} keyOf={({ revision }) => revision} />
      <Paging skip={skip} limit={LIMIT} count={data.length} onSkip={setSkip} />
      <Button onClick={reload}>{jobWords.refresh}</Button>
    </>
  );
}

function columns() {
  const own = session.value?.userId ?? null;
  return [
    { title: jobWords.event, cell: (entry: HistoryEntry) => eventText(entry) },
    { title: jobWords.time, cell: ({ time }: HistoryEntry) => dateTime(time) },
    { title: jobWords.actor, cell: ({ actor }: HistoryEntry) => actorText(actor, own) },
  ];
}
