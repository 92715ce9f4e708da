import type { AuditHistory } from "../api/models";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { useResource } from "../parts/resource";
import { go, route } from "../routes";
import { administrationWords } from "../words/administration";
import { storyErrors } from "./as-of";
import { AuditForm } from "./audit-form";
import { addressOfSubject, type Subject, storyOf, subjectOf } from "./stories";
import { Story } from "./story";
import { Verification } from "./verification";

/** A story, and whose it is: it stays on the screen until the next one is there. */
interface Told {
  readonly subject: Subject;
  readonly history: AuditHistory;
}

/** What happened to a job, a user or a file, and what it was at any time. */
export function AuditSection() {
  const subject = subjectOf(route.value.path, route.value.query);
  const { data, problem, loading, reload } = useResource((signal) => told(subject, signal), [JSON.stringify(subject)]);
  const errors = loading ? {} : storyErrors(problem, subject.asOf !== "");
  const isOfField = Object.keys(errors).length > 0;
  return (
    <>
      <p class="quiet">{administrationWords.recorded}</p>
      <AuditForm subject={subject} errors={errors} onAsk={(next) => go("administration", ...addressOfSubject(next))} />
      <ProblemNotice problem={isOfField ? null : problem} onRetry={reload} />
      {loading && data === null && <Loading />}
      {data && problem === null && (
        <>
          <Verification key={`${data.subject.kind} ${data.subject.reference}`} subject={data.subject} />
          <Story {...data} />
        </>
      )}
    </>
  );
}

async function told(subject: Subject, signal: AbortSignal): Promise<Told | null> {
  return subject.reference === "" ? null : { subject, history: await storyOf(subject, signal) };
}
