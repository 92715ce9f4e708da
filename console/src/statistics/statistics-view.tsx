import { api } from "../api/client";
import type { Statistics } from "../api/models";
import { Button } from "../parts/button";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { useResource } from "../parts/resource";
import { dateTime } from "../words/formats";
import { statisticsWords } from "../words/statistics";
import { DurationsSection } from "./durations-section";
import { FailuresSection } from "./failures-section";
import "./statistics.css";
import { StatusesSection } from "./statuses-section";
import { WindowsSection } from "./windows-section";

/** Statistics of the user's own jobs, or of everybody's for an administrator. */
export function StatisticsView({ scope }: { scope: Statistics["scope"] }) {
  const { data, problem, loading, reload } = useResource((signal) => api.get("/stats", { query: { scope }, signal }), [scope]);
  return (
    <>
      <ProblemNotice problem={problem} onRetry={reload} />
      {data === null && problem === null && <Loading />}
      {data && (
        <div class="statistics">
          <div class="heading">
            <p class="quiet">{timesOf(data)}</p>
            <Button busy={loading} onClick={reload}>{statisticsWords.refresh}</Button>
          </div>
          <StatusesSection jobs={data.jobs} />
          <WindowsSection windows={data.windows} />
          <DurationsSection windows={data.windows} />
          <FailuresSection windows={data.windows} />
        </div>
      )}
    </>
  );
}

function timesOf({ as_of: asOf, counted_until: counted }: Statistics): string {
  const answered = statisticsWords.asOf(dateTime(asOf));
  return counted === null ? answered : `${answered} ${statisticsWords.countedUntil(dateTime(counted))}`;
}
