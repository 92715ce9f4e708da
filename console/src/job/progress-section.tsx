import type { Job } from "../api/models";
import { Progress } from "../parts/progress";
import { jobWords } from "../words/job";
import { stagesOf } from "./stages";

/** How far the analysis is: the stages, and the per cents. */
export function ProgressSection({ job }: { job: Job }) {
  return (
    <section aria-label={jobWords.stagesTitle}>
      <Progress share={job.progress / 100} label={jobWords.progress} />
      <ol class="stages">
        {stagesOf(job.status, job.progress).map(({ name, state }) => (
          <li key={name} class={state} {...(state === "current" && { "aria-current": "step" })}>
            {jobWords.stages[name]}
            <span class="unseen"> ({jobWords.stageStates[state]})</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
