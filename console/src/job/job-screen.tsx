import { useMemo } from "preact/hooks";
import { Link } from "../parts/link";
import { Notice } from "../parts/notice";
import { Page } from "../parts/page";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { route } from "../routes";
import { jobWords } from "../words/job";
import "./job.css";
import { About } from "./about";
import { type FollowedJob, useFollowedJob } from "./followed-job";
import { HistorySection } from "./history-section";
import { JobActions } from "./job-actions";
import { Outcome } from "./outcome";
import { ProgressSection } from "./progress-section";
import { ResultsSection } from "./results-section";
import { titleOf } from "./titles";

/** One job: how far it is, and what came of it. */
export default function JobScreen() {
  const followed = useFollowedJob(route.value.path[0] ?? "");
  const { job, problem, reload, isGone } = followed;
  if (isGone || job === null) {
    return (
      <Page title={job ? titleOf(job) : jobWords.title} actions={<Link to="jobs" button="plain">{jobWords.toJobs}</Link>}>
        {isGone ? <Notice>{jobWords.gone}</Notice> : <ProblemNotice problem={problem} onRetry={reload} />}
        {!isGone && problem === null && <Loading />}
      </Page>
    );
  }
  return <ShownJob followed={followed} job={job} />;
}

function ShownJob({ followed, job }: { followed: FollowedJob; job: NonNullable<FollowedJob["job"]> }) {
  const isRunning = job.status === "queued" || job.status === "processing";
  const payload = useMemo(() => JSON.stringify(job.results_payload), [job.results_payload]);
  const isEarly = isRunning || job.status === "failed" || (job.status === "cancelled" && job.progress > 0);
  return (
    <Page title={titleOf(job)} actions={<JobActions job={job} receive={followed.receive} />}>
      {followed.isLost && <Notice kind="warning">{jobWords.lost}</Notice>}
      <Outcome job={job} />
      <About job={job} />
      {isEarly && job.file_name !== null && <ProgressSection job={job} />}
      {/* Another result, another mask: nothing of the one before may stay. */}
      {job.status === "completed" && job.results_payload && <ResultsSection key={payload} job={job} />}
      <HistorySection job={job} />
    </Page>
  );
}
